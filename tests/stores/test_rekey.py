"""`db rekey`: the key that encrypts tokens is changed, and no token is without a key that opens it."""

import os
import shutil
import signal
import stat
import sys
from datetime import timedelta

import pytest

from storesync.app.wiring import open_context
from storesync.errors import PersonNeeded
from storesync.runtime.settings import load_settings
from storesync.runtime.vault import Vault, load_vault
from storesync.runtime.world import OutsideWorld
from storesync.storage import leases
from storesync.storage.opening import open_database


@pytest.fixture
def shops(program):
    """Two connected stores, each with a token."""
    found = [program.world.add_shop(*name, orders=1) for name in (("tiendanube", "123456"), ("shopify", "alpha"))]
    for shop in found:
        assert program.connect(shop.platform, shop.key, "--no-sync").code == 0
    return found


def key_file(program):
    return program.home / "secret.key"


def keys(program):
    return key_file(program).read_text().split()


def tokens(program, vault=None):
    """Return the tokens by store, opened by the *vault* or the key file."""
    vault = vault or load_vault(None, key_file(program), create=False)
    sealed = program.sql("SELECT key, sealed FROM credentials JOIN stores ON stores.id = store_id ORDER BY key")
    return {key: vault.open(key, bytes(one)).access_token for key, one in sealed}


def test_the_new_key_alone_opens_all_tokens(program, shops):
    """The tokens are the same, the old key opens none; syncs go on."""
    before, old = tokens(program), keys(program)
    answer = program("db", "rekey")

    assert (answer.code, answer.stdout) == (0, "all tokens are sealed with the new key\n")
    assert tokens(program) == before
    assert (len(keys(program)), set(keys(program)) & set(old)) == (1, set())
    assert stat.S_IMODE(key_file(program).stat().st_mode) == 0o600
    with pytest.raises(PersonNeeded):
        tokens(program, Vault(old[0].encode()))
    assert program("sync", "--all").code == 0


def test_whoever_is_at_work_finds_the_new_key(program, shops):
    """A process that opened everything before opens the tokens after."""
    outside = OutsideWorld(clock=program.clock.clock(), environment={})
    with open_context(load_settings({}, home=program.home), outside) as context:
        context.vault()
        assert program("db", "rekey").code == 0

        assert tokens(program, context.vault())


def killed_at(program, step):
    """Run `db rekey` in a process of its own that is killed at that line; return whether it was."""
    child = os.fork()
    if child == 0:
        left = step

        def see(frame, event, _argument):
            nonlocal left
            if not frame.f_code.co_filename.endswith(("rekey.py", "vault.py", "files.py", "storage/credentials.py")):
                return None
            if event == "line":
                left -= 1
                if left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)
            return see

        sys.settrace(see)
        os._exit(program("db", "rekey").code)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def test_a_kill_at_any_moment_leaves_every_token_with_a_key(program, shops, tmp_path):
    """Line by line; what was begun then goes on, and ends with one key."""
    before, saved = tokens(program), tmp_path / "saved"
    program.sql("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copytree(program.home, saved)
    step = seen = 0
    while killed_at(program, step):
        assert tokens(program) == before, step
        seen |= 1 << len(keys(program))
        assert program("db", "rekey").code == 0
        assert (tokens(program), len(keys(program))) == (before, 1)
        shutil.rmtree(program.home)
        shutil.copytree(saved, program.home)
        step += 5

    assert step > 50
    assert seen == 0b110


def test_two_changes_at_once_agree_on_a_key(program, shops):
    """Neither takes away a key that the other still needs."""
    before = tokens(program)
    other = os.fork()
    if other == 0:
        os._exit(program("db", "rekey").code)
    answer = program("db", "rekey")
    _, status = os.waitpid(other, 0)

    assert (answer.code, status, len(keys(program)), tokens(program)) == (0, 0, 1, before)


def test_a_store_that_is_worked_on_keeps_the_old_key(program, shops):
    """Exit code 5, after two minutes of waiting; both keys are kept, and the next call goes on."""
    before, old = tokens(program), keys(program)
    database = open_database(program.database)
    with leases.working(program.home / "workers", "another") as worker:
        leases.claim(database, worker, [1], clock=program.clock.clock(), trigger="sync", kind="full", limit=1)
        answer = program("db", "rekey")
    database.close()

    assert (answer.code, sum(program.clock.sleeps)) == (5, timedelta(minutes=2).total_seconds())
    assert "go on: storesync db rekey" in answer.stderr
    both = keys(program)
    assert (len(both), both[1:], tokens(program)) == (2, old, before)
    assert program("db", "rekey").code == 0
    assert (keys(program), tokens(program)) == (both[:1], before)


def test_a_key_that_is_set_is_changed_by_setting_two(program, shops):
    """The new one before the old one; afterwards the new one does alone. The key file is not touched."""
    before, old = tokens(program), keys(program)[0]
    made = program("db", "rekey", "--print-new")
    new = made.stdout.strip()
    program.settings["STORESYNC_SECRET_KEY"] = f"{new},{old}"
    answer = program("db", "rekey")

    assert (made.code, answer.code, keys(program)) == (0, 0, [old])
    assert "STORESYNC_SECRET_KEY=NEW,OLD" in made.stderr
    assert "take the old one out of STORESYNC_SECRET_KEY" in answer.stdout
    assert tokens(program, Vault(new.encode())) == before
    program.settings["STORESYNC_SECRET_KEY"] = new
    assert program("sync", "--all").code == 0


def test_a_key_that_is_set_alone_is_not_changed(program, shops):
    """Exit code 2: we cannot write where it is set."""
    program.settings["STORESYNC_SECRET_KEY"] = keys(program)[0]
    answer = program("db", "rekey")

    assert answer.code == 2
    assert "storesync db rekey --print-new" in answer.stderr


def test_a_new_key_is_printed_and_nothing_else_happens(program):
    """Each time another one; not even a database is needed."""
    first, second = (program("db", "rekey", "--print-new").stdout.strip() for _ in range(2))

    assert first != second
    assert Vault(first.encode())
    assert not program.home.exists()


def test_a_token_that_no_key_opens_is_named(program, shops):
    """Exit code 4; the others are sealed anew, and the old key goes."""
    program.write("UPDATE credentials SET sealed = x'00' WHERE store_id = 2")
    answer = program("db", "rekey")

    assert (answer.code, len(keys(program))) == (4, 1)
    assert "no key opens the token of shopify:alpha" in answer.stderr


def test_without_a_key_there_is_nothing_to_change(program, shops):
    """Exit code 4, as everywhere; none is made."""
    key_file(program).unlink()

    assert program("db", "rekey").code == 4
    assert not key_file(program).exists()
