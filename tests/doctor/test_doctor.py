"""`doctor`, as a whole, and on settings, secrets and the database: what is wrong is found, and mended as it says."""

import hashlib
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from storesync.simulator.faults import Rule
from storesync.storage import integrity
from storesync.storage.engine import sqlite3
from tests.kits.doctor import ALPHA, SHOP, consulted, healthy_program
from tests.kits.program import Program
from tests.kits.readers import GROUP, OWNER, open_folder, read, share, takes_root
from tests.kits.terminals import on_a_terminal

CHECKS = ["config", "database", "cron", "clock", "network", "address", "tokens", "sync", "search"]


@pytest.fixture(scope="module")
def healthy(tmp_path_factory):
    return healthy_program(tmp_path_factory.mktemp("healthy"))


@pytest.fixture
def doctor(healthy, program, tmp_path):
    """All is well."""
    return consulted(healthy, program, tmp_path)


@pytest.fixture
def shared_doctor(healthy, program):
    """All is well, and a group may read the database."""
    with open_folder() as folder:
        program.home = folder / "home"
        doctor = consulted(healthy, program, folder)
        share(program.home, gid=os.getgid() if os.geteuid() else GROUP, uid=os.geteuid())
        yield doctor


class TestAsAWhole:
    """What holds for all checks."""

    def test_where_all_is_well_it_says_so(self, doctor):
        """A line for each check, exit 0, nothing to type."""
        answer = doctor.program("doctor")

        assert [line.split()[1] for line in answer.stdout.splitlines()] == CHECKS
        assert {line.split()[0] for line in answer.stdout.splitlines()} == {"ok"}
        assert (answer.code, answer.stderr) == (0, "")

    def test_the_json_has_every_field(self, doctor):
        """As promised: name, status, message, command, store; and the exit code."""
        answer = doctor.program("doctor", "--json").json

        assert set(answer) == {"schema_version", "generated_at", "checks", "exit_code"}
        assert [one["name"] for one in answer["checks"]] == CHECKS
        assert all(set(one) == {"name", "status", "message", "command", "store"} for one in answer["checks"])

    @pytest.mark.parametrize("check", CHECKS)
    def test_one_check_alone(self, doctor, check):
        """--only may be repeated; the order is always the same."""
        alone = doctor.program("doctor", "--json", "--only", check).json["checks"]
        two = doctor.program("doctor", "--json", "--only", check, "--only", "config").json["checks"]

        assert {one["name"] for one in alone} == {check}
        assert {one["name"] for one in two} == {"config", check}

    @pytest.mark.parametrize("words", [("--only", "weather"), ("nobody",), ("--owner", "nobody")])
    def test_what_is_not_there_is_a_usage_error(self, doctor, words):
        """Exit 2 and what there is."""
        answer = doctor.program("doctor", *words)

        assert (answer.code, answer.stdout) == (2, "")

    @pytest.mark.parametrize("words", [("alpha",), ("--owner", "ana")])
    def test_only_the_stores_that_are_meant_are_asked(self, doctor, words):
        """By name or by owner; the other one's trouble is not told."""
        doctor.program.write("UPDATE stores SET owner = 'ana' WHERE key = ?", ALPHA)
        doctor.program.world.shop("tiendanube", "123456").tokens.clear()
        before = doctor.program.requests("tiendanube")

        assert doctor(*words) == []
        assert doctor.program.requests("tiendanube") <= before + 1

    def test_it_changes_nothing(self, doctor):
        """No byte of the home folder but SQLite's own scratch files, no row, no log line, no sleep."""
        doctor.program.world.shop("shopify", "alpha").tokens.clear()
        doctor.program.write("UPDATE leases SET owner = 'gone', boot = 'boot-1', expires_at = 1e12")
        (doctor.program.home / "workers" / "gone").touch()
        before, slept = _bytes_of(doctor.program.home), list(doctor.program.clock.sleeps)
        doctor.code()
        doctor.program("-v", "doctor")

        assert _bytes_of(doctor.program.home) == before
        assert doctor.program.clock.sleeps == slept

    def test_it_does_not_wait_for_a_store_that_is_being_read(self, doctor):
        """Another process holds its lease."""
        doctor.program.write("UPDATE leases SET owner = 'busy', boot = 'boot-1', expires_at = 1e12")

        with _alive(doctor.program.home / "workers" / "busy"):
            assert doctor() == []
        assert doctor.program.clock.sleeps == []

    def test_a_store_of_a_platform_in_trouble_costs_one_request(self, doctor):
        """No second try, no waiting."""
        doctor.program.simulator.faults.add(Rule(platform="shopify", status=503, times=None))
        before = doctor.program.requests("shopify")
        doctor("alpha", "--only", "tokens")

        assert doctor.program.requests("shopify") == before + 2

    def test_names_that_would_paint_the_terminal_are_disarmed(self, doctor):
        """Control and bidi characters of a store reach neither the terminal nor JSON."""
        evil = "\x1b[31mred\u202e\x07"
        doctor.program.write(
            "UPDATE stores SET sync_status = 'failed', last_error = ?, hint = ?", evil, f"a: ls {evil}"
        )

        plain, told = doctor.program("doctor").stdout, doctor("--only", "sync")

        assert not {"\x1b", "\u202e", "\x07"} & set(plain + told[0]["message"] + told[0]["command"])

    def test_nothing_but_plain_lines_where_nobody_looks(self, doctor):
        """A line for what is wrong, and below it the command, unbroken however long."""
        doctor.program.home.joinpath("secret.key").chmod(0o644)
        lines = doctor.program("doctor", "--only", "config").stdout.splitlines()

        assert lines[0].startswith("fail    config   others on this machine may read or change")
        assert lines[1:] == [f"  chmod 600 {doctor.program.home}/secret.key"]

    @pytest.mark.parametrize("spoil", ["unlink", "empty", "garbage", "home"])
    def test_without_a_database_the_other_checks_are_made(self, doctor, spoil):
        """Exit 10; and what only the database knows is said to be skipped."""
        database = doctor.program.database
        if spoil == "home":
            doctor.program.settings["STORESYNC_HOME"] = str(database)
        else:
            {"unlink": database.unlink, "empty": lambda: database.write_bytes(b"")}.get(
                spoil, lambda: database.write_bytes(b"\xff" * 9000)
            )()

        answer = doctor.program("doctor", "--json")

        assert [one["name"] for one in answer.json["checks"] if one["status"] == "skipped"][-3:] == CHECKS[-3:]
        assert {one["name"] for one in answer.json["checks"]} == {*CHECKS}
        assert (answer.code, answer.json["exit_code"]) == (10, 10)

    def test_in_a_home_of_others_the_other_checks_are_made(self, doctor):
        """Neither home nor database can be entered: all of it is told, none of it ends the examination."""
        doctor.code()
        with _shut_out(doctor.program.home):
            answer = doctor.program("doctor", "--json")

        found = {one["name"]: one for one in answer.json["checks"]}
        assert list(found) == CHECKS
        assert "cannot read" in found["database"]["message"]
        assert (found["clock"]["status"], answer.code) == ("ok", 10)


@contextmanager
def _shut_out(folder: Path):
    """Be a user who may not enter *folder*."""
    if os.geteuid():
        folder.chmod(0)
        yield
        folder.chmod(0o700)
        return
    # Whoever owns it, the way there is closed.
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def _bytes_of(folder: Path) -> dict[str, object]:
    found = {path: path for path in sorted(folder.rglob("*")) if not path.name.endswith(("-wal", "-shm"))}
    return {
        str(path): (path.stat().st_mode, path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest())
        for path in found
    }


@contextmanager
def _alive(path: Path):
    """Hold the lock of a worker, as its process does while it lives."""
    import fcntl

    with path.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def test_a_terminal_gets_colours_unless_it_asks_for_none(program):
    """The same words, painted."""
    painted, plain = (_on_a_terminal(program, *words) for words in ((), ("--no-color",)))

    assert "31m" in painted
    assert "31m" not in plain
    assert "no database at" in painted


def _on_a_terminal(program: Program, *words: str) -> str:
    """Return what a terminal shows of `doctor --only database`."""
    environment = {"PATH": os.environ["PATH"], "STORESYNC_HOME": str(program.home), "TERM": "xterm-256color"}
    command = [sys.executable, "-m", "storesync", *words, "doctor", "--only", "database"]
    code, shown = on_a_terminal(command, environment)
    assert code == 10
    return shown


class TestConfig:
    """Settings, secrets, and who may read them."""

    @pytest.mark.parametrize("name", ["", ".env", "secret.key", "storesync.db", "storesync.log"])
    def test_what_others_may_read(self, doctor, name):
        """Home, settings, key, database, log: exit 4, and a chmod."""
        path = doctor.program.home / name
        path.chmod(0o755 if path.is_dir() else 0o644)

        found = doctor.one("config")

        assert (found["status"], str(path) in found["message"], doctor.code()) == ("fail", True, 4)
        assert doctor.mends(found)

    @pytest.mark.parametrize(("name", "finds"), [("storesync.db", 0), ("secret.key", 1), (".env", 1)])
    def test_a_group_may_read_the_data_but_no_secret(self, shared_doctor, name, finds):
        """Sharing the file with analysts is the operator's to decide."""
        (shared_doctor.program.home / name).chmod(0o640)

        assert len(shared_doctor("--only", "config")) == finds

    @takes_root
    @pytest.mark.parametrize(
        "shut",
        [
            lambda home: home.chmod(0o700),
            lambda home: home.parent.chmod(0o700),
            lambda home: (home / "storesync.db-shm").chmod(0o600),
            lambda home: (os.chown(home, -1, OWNER), home.parent.chmod(0o700)),
        ],
        ids=["home", "above", "beside", "two"],
    )
    def test_a_group_that_may_read_and_cannot(self, shared_doctor, shut):
        """It looks as the group would: at each folder on the way, the file, and what SQLite keeps beside it."""
        home, database = shared_doctor.program.home, shared_doctor.program.database
        assert shared_doctor("--only", "config") == []
        shut(home)

        found = shared_doctor.one("config")

        assert found["status"] == "warn"
        assert found["message"].startswith(f"the group {GROUP} may read {database}, and cannot: ")
        assert "OperationalError" in read(database, "SELECT count(*) FROM stores")
        assert shared_doctor.mends(found)
        assert read(database, "SELECT count(*) FROM stores") == "[(2,)]"

    @pytest.mark.parametrize("spoil", ["file", "mode"])
    def test_a_folder_of_workers_of_no_use(self, doctor, spoil, monkeypatch):
        """Nobody could tell who works: nothing is read until it is mended."""
        folder = doctor.program.home / "workers"
        if spoil == "file":
            shutil.rmtree(folder)
            folder.touch()
        else:
            folder.chmod(0o500)
            if not os.geteuid():
                monkeypatch.setattr(os, "access", lambda path, mode, **_: not (Path(path) == folder and mode & os.W_OK))

        found = doctor.one("config")

        assert found["message"].startswith(f"{folder} cannot be used: ")
        assert doctor.type(found["command"]).code == 0
        monkeypatch.undo()
        assert doctor("--only", "config") == []
        assert doctor.program("sync-due").code == 0

    def test_a_file_of_the_wrong_user(self, doctor):
        """Somebody ran a command as root: the right user cannot write it any more."""
        os.chown(doctor.program.home / "storesync.log", 65534, -1)

        found = doctor.one("config")

        assert "storesync.log belongs to nobody" in found["message"]
        assert doctor.mends(found)

    def test_a_home_of_another_user(self, doctor):
        """It names the user to be, and the command as that user."""
        os.chown(doctor.program.home, 65534, -1)

        found = doctor("--only", "config")[0]

        assert f"{doctor.program.home} belongs to nobody, and you are" in found["message"]
        assert found["command"].startswith("sudo -u nobody ")
        assert found["command"].endswith(f"-m storesync --home {doctor.program.home} doctor")
        assert doctor.code() == 4

    def test_a_misspelt_setting_gets_its_name(self, doctor):
        """The value stays as it was written."""
        doctor.write_settings("STORESYNC_TIER_HIHG=10m")

        found = doctor.one("config")

        assert "STORESYNC_TIER_HIHG is not a setting" in found["message"]
        assert doctor.code() == 2
        assert doctor.mends(found)
        assert "STORESYNC_TIER_HIGH=10m\n" in (doctor.program.home / ".env").read_text()

    @pytest.mark.parametrize(
        "line", ["STORESYNC_WEATHER=fine", "STORESYNC_TIER_HIGH=often", "export STORESYNC_MIN_FREE='much'", "= ="]
    )
    def test_a_line_of_no_use_is_taken_out(self, doctor, line):
        """Unknown, not understood, or no setting at all: it becomes a comment."""
        doctor.write_settings(line, "STORESYNC_TIER_LOW=7h")

        found = doctor.one("config")

        assert "line 3" in found["message"]
        assert doctor.mends(found)
        assert f"\n#{line}\nSTORESYNC_TIER_LOW=7h\n" in (doctor.program.home / ".env").read_text()

    def test_settings_that_are_wrong_hide_nothing_else(self, doctor):
        """Other commands stop at them; the doctor goes on with their defaults."""
        doctor.write_settings("STORESYNC_TIER_HIGH=often", "STORESYNC_WEATHER=fine")
        doctor.program.world.shop("shopify", "alpha").tokens.clear()

        assert doctor.program("status").code == 2
        assert [one["name"] for one in doctor()] == ["config", "config", "tokens"]

    def test_a_wrong_setting_of_the_shell(self, doctor):
        """There is no file to change."""
        doctor.program.settings["STORESYNC_WEATHER"] = "fine"

        assert doctor.one("config")["command"] == "unset STORESYNC_WEATHER"

    def test_a_settings_file_that_is_no_text(self, doctor):
        """It cannot be read at all; the rest is looked at all the same."""
        (doctor.program.home / ".env").write_bytes(b"\xff\xfe")

        assert doctor("--only", "config")[0]["command"] == f"ls -l {doctor.program.home}/.env"
        assert doctor.program("doctor", "--only", "sync").code == 0

    def test_no_secret_is_shown(self, doctor):
        """Neither a wrong one nor one under a wrong name, in no form of the answer."""
        doctor.write_settings("STORESYNC_SECRET_KEY=hush1", "STORESYNC_SHOPIFY_CLIENT_SECERT=hush2", "hush3 hush3")
        doctor.program.settings["STORESYNC_PING_URL"] = "hush4"

        answers = [doctor.program("doctor", *words) for words in ((), ("--json",), ("--only", "config"))]

        assert all("hush" not in answer.stdout + answer.stderr for answer in answers)

    def test_a_key_that_is_missing(self, doctor):
        """A new one is made only where there is none; each store is then connected again."""
        key = doctor.program.home / "secret.key"
        key.unlink()

        found = doctor.one("config")
        assert "the key that opens the tokens is missing" in found["message"]
        assert doctor.code() == 4
        doctor.type(found["command"])
        assert key.stat().st_mode & 0o777 == 0o600
        made = key.read_bytes()
        with suppress(subprocess.CalledProcessError):
            doctor.type(found["command"])
        assert key.read_bytes() == made

        wrong = doctor.one("config")
        assert wrong["command"].endswith("connect shopify alpha --token-stdin")
        assert doctor.mends(wrong)

    def test_a_key_that_opens_nothing(self, doctor):
        """Not the one that was in use: said once, not for each store."""
        (doctor.program.home / "secret.key").write_bytes(Fernet.generate_key())

        assert "opens none of the tokens" in doctor.one("config")["message"]
        [told] = doctor.program("doctor", "--json", "--only", "tokens").json["checks"]
        assert (told["status"], told["message"]) == ("skipped", "there is no key that opens them")

    @pytest.mark.parametrize("place", ["file", ".env"])
    def test_a_key_that_is_none(self, doctor, place):
        """Whatever it is, it is laid aside; the right one is then asked for."""
        if place == "file":
            (doctor.program.home / "secret.key").write_text("no key")
        else:
            doctor.write_settings("STORESYNC_SECRET_KEY=nokey")

        found = doctor.one("config")
        assert "32 bytes" in found["message"]
        doctor.type(found["command"])

        after = doctor("--only", "config")
        assert [one["message"][:33] for one in after] == (
            ["the key that opens the tokens is "] if place == "file" else []
        )

    def test_an_app_that_is_needed(self, doctor):
        """Tokens that run out are renewed with its secret."""
        doctor.program.write("UPDATE credentials SET kind = 'oauth_expiring' WHERE store_id = 2")

        found = doctor("--only", "config")

        assert [one["message"].split(":")[1].split(";")[0] for one in found] == [
            " STORESYNC_SHOPIFY_CLIENT_ID is not set",
            " STORESYNC_SHOPIFY_CLIENT_SECRET is not set",
        ]

    def test_a_contact_that_is_wanted(self, doctor):
        """Only where there is a Tiendanube shop; a warning alone, exit 0."""
        (doctor.program.home / ".env").unlink()

        found = doctor.one("config")

        assert (found["status"], doctor.code()) == ("warn", 0)
        assert doctor.mends(found)
        assert (doctor.program.home / ".env").stat().st_mode & 0o777 == 0o600

    def test_notices_to_nowhere(self, doctor):
        """What Apprise does not know is found before there is something to tell; the address is not shown."""
        pytest.importorskip("apprise")
        doctor.write_settings("STORESYNC_NOTIFY_URL=zzqsecret")

        found = doctor.one("config")

        assert (found["status"], doctor.code(), "zzqsecret" in str(found)) == ("warn", 0, False)
        assert doctor.mends(found)

    def test_a_log_that_cannot_be_written(self, doctor, tmp_path):
        """No sync stops for it, so somebody has to look."""
        doctor.write_settings(f"STORESYNC_LOG={tmp_path}/nowhere/storesync.log")

        found = doctor.one("config")

        assert (found["status"], found["command"]) == ("warn", f"mkdir -p {tmp_path}/nowhere")
        assert doctor.mends(found)

    @pytest.mark.parametrize("kind", ["folder", "link"])
    def test_a_log_that_is_none(self, doctor, tmp_path, kind):
        """It is neither made of a folder nor written through a link."""
        place = tmp_path / "log"
        place.mkdir() if kind == "folder" else place.symlink_to(tmp_path / "elsewhere")
        doctor.write_settings(f"STORESYNC_LOG={place}")

        assert f"ls -ld {place}" in {one["command"] for one in doctor("--only", "config")}

    def test_a_device_is_left_as_it_is(self, doctor):
        """Who wants no log writes it to where nothing is kept."""
        doctor.write_settings("STORESYNC_LOG=/dev/null")

        assert doctor("--only", "config") == []

    def test_the_commands_name_home_and_settings_as_they_were_named(self, doctor, tmp_path):
        """So that they work wherever they are typed."""
        settings = tmp_path / "my settings.env"
        settings.write_text("STORESYNC_CONTACT=ana@example.com")
        settings.chmod(0o600)
        doctor.program.world.shop("shopify", "alpha").tokens.clear()

        found = doctor.program("--env-file", str(settings), "doctor", "alpha", "--only", "tokens", "--json").json[
            "checks"
        ]

        assert f"--home {doctor.program.home} --env-file '{settings}' connect" in found[0]["command"]
        assert doctor.mends(found[0])


class TestDatabase:
    """The file, the room for it, and the SQLite that reads it."""

    def test_none_yet(self, program):
        """Exit 10, and how to begin."""
        found = program("doctor", "--json", "--only", "database")

        assert found.code == 10
        assert found.json["checks"][0]["command"].endswith("connect --help")

    @pytest.mark.parametrize("spoil", ["empty", "damaged", "index"])
    @pytest.mark.parametrize("has_backup", [True, False])
    def test_one_that_is_spoilt(self, doctor, spoil, has_backup):
        """It is laid aside whole; the copy that storesync made takes its place, else stores are connected anew."""
        database, backup = doctor.program.database, Path(f"{doctor.program.database}.v1.backup")
        if has_backup:
            _copy(database, backup)
        if spoil == "index":
            _damage_an_index(database)
        else:
            whole = database.read_bytes()
            database.write_bytes(b"" if spoil == "empty" else whole[:100] + b"\xff" * (len(whole) - 100))

        found = doctor.one("database")
        assert doctor.code() == 10
        doctor.type(found["command"])

        assert (Path(f"{database}.spoilt") / database.name).is_file()
        assert len(doctor("--only", "database")) == (0 if has_backup else 1)
        if not has_backup:
            assert "no database" in doctor.one("database")["message"]

    def test_one_of_another_program_or_a_newer_storesync(self, doctor):
        """Named, kept, exit 10."""
        doctor.program.write("PRAGMA user_version = 99")
        newer = doctor.one("database")
        doctor.program.database.write_bytes(b"Dear diary\n" * 100)
        foreign = doctor.one("database")

        assert newer["command"] == f"{sys.executable} -m pip install --upgrade storesync"
        assert "is not a storesync database" in foreign["message"]
        assert doctor.code() == 10

    def test_one_of_an_older_storesync(self, doctor):
        """It is looked at, not touched; the next command brings it up to date."""
        doctor.program.write("PRAGMA user_version = 2")

        found = doctor.one("database")

        assert doctor.program.sql("PRAGMA user_version") == [(2,)]
        assert (found["status"], doctor.code("--only", "database")) == ("warn", 0)
        assert doctor.mends(found)

    def test_a_disk_nearly_full(self, doctor):
        """By STORESYNC_MIN_FREE: exit 5."""
        doctor.write_settings("STORESYNC_MIN_FREE=999999GB")

        found = doctor.one("database")

        assert "MB are free" in found["message"]
        assert found["command"] == f"df -h {doctor.program.home}"
        assert doctor.code() == 5

    def test_a_log_that_a_reader_holds_up(self, doctor, monkeypatch):
        """Once it is gone, the health pass shortens the log."""
        monkeypatch.setattr(integrity, "LONG_LOG_BYTES", 200_000)
        reader = sqlite3.connect(doctor.program.database, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM stores").fetchall()
        doctor.program.write("INSERT INTO events (at, kind, message) VALUES ('2026', 'long', hex(zeroblob(200000)))")

        found = doctor.one("database")
        reader.execute("ROLLBACK")
        doctor.program.clock.advance(minutes=31)
        doctor.program("sync-due")

        assert (found["status"], "a program that reads" in found["message"]) == ("warn", True)
        assert doctor("--only", "database") == []
        reader.close()

    def test_an_old_sqlite(self, doctor, monkeypatch):
        """It says which is in use, and how to get a better one."""
        monkeypatch.setattr(integrity, "sqlite_in_use", lambda: ((3, 51, 2), "Python's own"))

        found = doctor.one("database")

        assert (found["status"], "SQLite 3.51.2 (Python's own)" in found["message"]) == ("warn", True)
        assert found["command"].endswith("-m pip install --upgrade pysqlite3")

    def test_the_sqlite_in_use_is_named(self, doctor):
        """Also where it is a good one."""
        [told] = doctor.program("doctor", "--json", "--only", "database").json["checks"]

        assert f"SQLite {sqlite3.sqlite_version} (" in told["message"]

    def test_one_too_large_to_be_read_whole(self, doctor, monkeypatch):
        """It says so, and is not wrong for it."""
        monkeypatch.setattr(integrity, "STEPS", 1)
        clock = doctor.program.clock
        monkeypatch.setattr(clock, "seconds", lambda: clock.advance(seconds=3) or clock.at.timestamp())

        [told] = doctor.program("doctor", "--json", "--only", "database").json["checks"]

        assert (told["status"], "too large" in told["message"]) == ("ok", True)


def _copy(database: Path, to: Path) -> None:
    source, target = sqlite3.connect(database), sqlite3.connect(to)
    source.backup(target)
    source.close()
    target.close()
    to.chmod(0o600)


def _damage_an_index(database: Path) -> None:
    """Point an index at pages of another one, as a torn write would."""
    connection = sqlite3.connect(database)
    [(root,)] = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'coupons_updated_at'")
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute("UPDATE sqlite_schema SET rootpage = ? WHERE name = 'locations_updated_at'", (root,))
    connection.commit()
    connection.close()


class TestSearch:
    """Whether everything that is there can be found."""

    @pytest.mark.parametrize(
        "fault",
        [
            "DELETE FROM documents WHERE number = (SELECT max(number) FROM documents WHERE resource = 'orders')",
            "DELETE FROM orders WHERE id = (SELECT max(id) FROM orders WHERE store_id = 1)",
        ],
    )
    def test_an_index_out_of_step_is_told_and_mended(self, doctor, fault):
        """Of the store alone that it is wrong for: too few documents, or too many."""
        [(before,)] = doctor.program.sql("SELECT count(*) FROM documents")
        doctor.program.write(fault)

        found = doctor.one("search")

        assert (found["status"], found["store"] in {ALPHA, SHOP}, doctor.code("--only", "search")) == ("fail", True, 3)
        assert "orders, and the search index knows" in found["message"]
        assert doctor("--only", "search", *{ALPHA, SHOP} - {found["store"]}) == []
        assert doctor.mends(found)
        assert abs(doctor.program.sql("SELECT count(*) FROM documents")[0][0] - before) <= 1

    @pytest.mark.parametrize(
        "fault",
        ["UPDATE search_data SET block = zeroblob(40) WHERE id > 10", "DELETE FROM search_docsize WHERE id % 2"],
    )
    def test_a_damaged_index_is_told_and_mended(self, doctor, fault):
        """The rest of the database is sound: that is not laid aside for it."""
        doctor.program.write(fault)

        found = doctor.one("search")

        assert (found["message"], doctor.code("--only", "search")) == ("the search index is damaged", 3)
        assert doctor("--only", "database") == []
        assert doctor.mends(found)
        assert doctor.program("search", "--json", "remera").code == 0
