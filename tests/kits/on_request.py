"""What the tests of resources that are read on request ask of a program with one store."""


def tick(program, **span):
    """Let time pass and cron call once."""
    program.clock.advance(**span)
    assert program("sync-due").code == 0


def state(program, resource):
    """Return what `status` says of *resource* of the only store."""
    [store] = program("status", "--json").json["stores"]
    return store["resources"][resource]


def operations(program):
    """Return the names of all operations that were asked, in order."""
    return [call.operation for call in program.simulator.requests]
