"""Files that are missing, empty, foreign, newer, broken or closed: each is named, none is overwritten."""

import pytest
from cryptography.fernet import Fernet

from storesync.storage.engine import sqlite3

COMMANDS = [("sync", "--all"), ("sync-due",), ("sync-due", "--plan"), ("status",), ("reconcile", "--all")]
NAMES = [" ".join(command) for command in COMMANDS]
CONNECT = ("connect", "shopify", "alpha", "--token-stdin")


@pytest.fixture
def alpha(program):
    """A connected shop that is due, its database at rest."""
    shop = program.world.add_shop("shopify", "alpha", orders=2)
    program.connect("shopify", "alpha")
    program.clock.advance(minutes=6)
    return shop


def make_empty(file):
    file.write_bytes(b"")


def make_foreign(file):
    file.write_bytes(b"Dear diary\n" * 100)


def make_another_programs(file):
    file.unlink()
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE diary (day TEXT)")
    connection.commit()
    connection.close()


def make_newer(file):
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA user_version = 9999")
    connection.close()


def make_damaged(file):
    file.write_bytes(file.read_bytes()[:100] + b"\xff" * 8092)


def make_a_folder(file):
    file.unlink()
    file.mkdir()


SPOILT = [make_empty, make_foreign, make_another_programs, make_newer, make_damaged, make_a_folder]


def refused(answer, code):
    """One line, a hint, nothing on stdout, no traceback."""
    lines = answer.stderr.splitlines()
    assert (answer.code, answer.stdout) == (code, "")
    assert len(lines) == 2
    assert lines[0].startswith("storesync: ")
    assert lines[1].startswith("  ")
    return lines


class TestDatabase:
    """Exit 10: the database is missing or cannot be ours."""

    @pytest.mark.parametrize("command", COMMANDS, ids=NAMES)
    def test_only_connect_creates_one(self, program, command):
        """Every other command says where it looked and how to begin; nothing appears on the disk."""
        lines = refused(program(*command), 10)

        assert str(program.database) in lines[0]
        assert "storesync connect" in lines[1]
        assert not program.home.exists()

    @pytest.mark.parametrize("command", [*COMMANDS, CONNECT], ids=[*NAMES, "connect"])
    @pytest.mark.parametrize("spoil", SPOILT)
    def test_a_file_that_is_not_ours_is_refused_and_kept(self, program, alpha, spoil, command):
        """Empty, foreign, newer, damaged: no command touches it, connect included."""
        spoil(program.database)
        before = program.database.is_file() and program.database.read_bytes()

        answer = program(*command, stdin=alpha.issue_token() + "\n")

        assert str(program.database) in refused(answer, 10)[0]
        assert (program.database.is_file() and program.database.read_bytes()) == before

    def test_json_tells_the_same(self, program):
        """Under `--json` the error is the answer, on stdout."""
        answer = program("sync-due", "--json")

        assert (answer.code, answer.stderr) == (10, "")
        assert answer.json["exit_code"] == 10
        assert set(answer.json["error"]) == {"code", "message", "hint"}

    def test_another_database_can_be_named(self, program, alpha, tmp_path):
        """`--database` beats the home folder's."""
        other = tmp_path / "other.db"

        assert str(other) in refused(program("--database", str(other), "status"), 10)[0]

    def test_another_home_can_be_named(self, program, alpha, tmp_path):
        """`--home` beats STORESYNC_HOME."""
        assert str(tmp_path / "elsewhere") in refused(program("--home", str(tmp_path / "elsewhere"), "status"), 10)[0]

    def test_files_are_the_owners_alone(self, program, alpha):
        """Database, key and log can be read by nobody else, and the folder not be entered."""
        modes = {one.name: one.stat().st_mode & 0o777 for one in program.home.iterdir() if one.is_file()}

        assert set(modes.values()) == {0o600}
        assert {"storesync.db", "secret.key", "storesync.log"} <= set(modes)
        assert program.home.stat().st_mode & 0o777 == 0o700


class TestKey:
    """Exit 4: without the key a person is needed; no store is to blame."""

    @staticmethod
    def lose(program):
        (program.home / "secret.key").unlink()

    @staticmethod
    def change(program):
        (program.home / "secret.key").write_bytes(Fernet.generate_key())

    @staticmethod
    def spoil(program):
        (program.home / "secret.key").write_bytes(b"\x00not a key")

    @staticmethod
    def override(program):
        program.settings["STORESYNC_SECRET_KEY"] = "neither"

    @pytest.mark.parametrize("fault", ["lose", "change", "spoil", "override"])
    def test_a_tick_says_so_and_blames_no_store(self, program, alpha, fault):
        """Missing, wrong or no key at all: the tick exits 4, and the store stays as it was."""
        before = program.sql("SELECT sync_status, connection, consecutive_failures FROM stores")
        getattr(self, fault)(program)

        answer = program("sync-due")

        assert answer.code == 4
        assert "key" in answer.stderr
        assert program.sql("SELECT sync_status, connection, consecutive_failures FROM stores") == before
        assert program.sql("SELECT exit_code, error_code FROM ticks") == [(4, "app_credentials")]

    @pytest.mark.parametrize("fault", ["lose", "change", "spoil", "override"])
    @pytest.mark.parametrize("command", ["sync", "reconcile"])
    def test_by_hand_it_is_4_too(self, program, alpha, fault, command):
        """The line ends in what to put back."""
        getattr(self, fault)(program)

        answer = program(command, "alpha")

        assert answer.code == 4
        assert "put" in answer.stdout
        assert "Traceback" not in answer.stdout + answer.stderr

    def test_status_needs_no_key(self, program, alpha):
        """What is no secret can still be shown."""
        self.lose(program)

        assert program("status").code == 0

    def test_the_key_is_never_shown(self, program, alpha):
        """A key that does not fit is not repeated."""
        program.settings["STORESYNC_SECRET_KEY"] = "almost-a-key-but-secret"

        answer = program("sync", "alpha")

        assert "almost" not in answer.stdout + answer.stderr

    def test_one_store_sealed_with_another_key_stops_no_other(self, program, alpha):
        """Connected with a new key, a store is served, although an older one needs a person."""
        self.change(program)
        program.world.add_shop("tiendanube", "123456", orders=1)
        program.connect("tiendanube", "123456", "--no-sync")
        program.clock.advance(minutes=10)

        answer = program("sync-due", "--json")

        assert answer.code == 4
        assert [(one["store"], one["result"]) for one in answer.json["stores"]] == [("tiendanube:123456", "succeeded")]

    def test_no_new_key_is_made_beside_sealed_tokens(self, program, alpha):
        """The lost file can still be put back: `connect` writes no other in its place."""
        self.lose(program)

        assert "STORESYNC_SECRET_KEY" in refused(program.connect("shopify", "alpha"), 4)[1]
        assert not (program.home / "secret.key").exists()

    def test_connecting_again_mends_a_lost_key(self, program, alpha):
        """The hint's last resort works."""
        self.lose(program)
        program.settings["STORESYNC_SECRET_KEY"] = Fernet.generate_key().decode()

        assert program.connect("shopify", "alpha").code == 0
        assert program("sync", "alpha").code == 0


class TestSettings:
    """Exit 2: all faults of the settings together, with their places, without secrets."""

    @staticmethod
    def write(program, text):
        program.home.mkdir(exist_ok=True)
        (program.home / ".env").write_bytes(text if isinstance(text, bytes) else text.encode())

    @pytest.mark.parametrize("command", [*COMMANDS, CONNECT], ids=[*NAMES, "connect"])
    def test_every_command_reads_them_first(self, program, alpha, command):
        """A wrong setting stops everything before anything is done."""
        self.write(program, "STORESYNC_SLICE=fast\n")
        before = program.requests()

        assert "STORESYNC_SLICE 'fast'" in refused(program(*command, stdin="shpat_0123456789\n"), 2)[0]
        assert program.requests() == before

    def test_all_faults_are_told_together_with_their_lines(self, program):
        """One run shows all that is to be mended."""
        self.write(program, "STORESYNC_SLICE=fast\n\nSTORESYNC_MAX_PARALLEL=0\nSTORESYNC_SLCIE=15s\n")

        message = refused(program("status"), 2)[0]

        assert f"{program.home}/.env, line 1" in message
        assert f"{program.home}/.env, line 3" in message
        assert "STORESYNC_SLCIE is not a setting" in message

    def test_the_environment_is_named_as_the_place(self, program):
        """A fault in the environment is not looked for in a file."""
        program.settings["STORESYNC_TIMEOUT"] = "soon"

        assert "(from the environment)" in refused(program("status"), 2)[0]

    def test_a_secret_is_not_shown(self, program):
        """A setting that holds a secret is told without its value."""
        program.settings["STORESYNC_SHOPIFY_CLIENT_SECRET"] = "hush\x07hush"

        message = refused(program("status"), 2)[0]

        assert "STORESYNC_SHOPIFY_CLIENT_SECRET holds a control character" in message
        assert "hush" not in message

    @pytest.mark.parametrize("text", ["STORESYNC_SLICE 15s\n", "=\n", "STORESYNC_LOG='unfinished\n"])
    def test_a_file_that_cannot_be_understood(self, program, text):
        """The line is named."""
        self.write(program, text)

        assert "line 1" in refused(program("status"), 2)[0]

    def test_a_file_in_another_encoding(self, program):
        """Latin-1 is no UTF-8."""
        self.write(program, "STORESYNC_CONTACT=ñandú\n".encode("latin-1"))

        assert "UTF-8" in refused(program("status"), 2)[0]

    @pytest.mark.parametrize(
        "text", ["\ufeffSTORESYNC_SLICE=1s\r\nSTORESYNC_LOG_LEVEL = 'INFO' # quiet\r\n", "\n\n# nothing\n"]
    )
    def test_what_editors_do_is_forgiven(self, program, alpha, text):
        """A byte order mark, CRLF, quotes, blanks and comments."""
        self.write(program, text)

        assert program("status").code == 0

    def test_a_named_file_must_be_there(self, program, tmp_path):
        """`--env-file` is not silently ignored."""
        lines = refused(program("--env-file", str(tmp_path / "no.env"), "status"), 2)

        assert str(tmp_path / "no.env") in lines[0]

    @pytest.mark.parametrize(
        "url",
        [
            "http://api.tiendanube.com",
            "ftp://x",
            "javascript:alert(1)",
            "api.tiendanube.com",
            "http://127.0.0.1.evil.com",
        ],
    )
    def test_tokens_go_over_https_only(self, program, url):
        """Plain http serves the loopback alone."""
        program.settings["STORESYNC_TIENDANUBE_API_URL"] = url

        assert "https://" in refused(program("status"), 2)[0]
