"""Compare the ids of a shop through the program, and see what became of them."""


def compared(program, shop, *options: str, resource: str = "orders", code: int = 0) -> dict:
    """Compare one resource and return what became of it."""
    answer = program("reconcile", shop.key, "--resource", resource, "--json", *options)
    assert answer.code == code, answer.stdout
    return answer.json["stores"][0]["resources"].get(resource, {})


def found(outcome: dict) -> dict:
    """Return the counts that are not nothing."""
    return {name: outcome[name] for name in ("missing", "stale", "deleted", "held") if outcome[name]}


def remove(shop, count: int, resource: str = "orders") -> list[str]:
    """Delete records upstream."""
    gone = list(shop.resources[resource])[:count]
    for one in gone:
        shop.remove(resource, one)
    return gone


def tombstones(program, resource: str = "orders") -> list[str]:
    """Return the ids of our tombstones."""
    return [row[0] for row in program.sql(f"SELECT id FROM {resource} WHERE deleted_at IS NOT NULL ORDER BY id")]
