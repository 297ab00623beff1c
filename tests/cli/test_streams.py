"""Closed and full outputs, odd encodings and Ctrl-C, with the real program in a process of its own."""

import json
import os
import pty
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress

import pytest

from storesync.simulator.faults import Rule
from storesync.simulator.server import serve

WITHIN_S = 10
STORESYNC = (sys.executable, "-m", "storesync")


@contextmanager
def started(program, *words, **options):
    """Run the real program beside us, on the same home."""
    environment = {"PATH": os.environ["PATH"], "STORESYNC_HOME": str(program.home), **program.settings}
    environment |= options.pop("environment", {})
    command = options.pop("command", STORESYNC)
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL} | options
    with subprocess.Popen([*command, *words], env=environment, **streams) as process:
        try:
            yield process
        finally:
            process.kill()


def run(program, *words, **options):
    """Return the exit code and stderr of the real program."""
    with started(program, *words, **options) as process:
        stderr = process.communicate(timeout=30)[1]
        return process.returncode, stderr.decode(errors="replace")


@pytest.fixture
def alpha(program):
    """A connected shop."""
    program.world.add_shop("shopify", "alpha", orders=2)
    program.connect("shopify", "alpha")


@pytest.fixture
def closed():
    """A pipe whose reader is gone, as behind ``| head -c 0``."""
    reader, writer = os.pipe()
    os.close(reader)
    yield writer
    os.close(writer)


@pytest.fixture
def full():
    """A disk without room."""
    writer = os.open("/dev/full", os.O_WRONLY)
    yield writer
    os.close(writer)


@pytest.mark.parametrize(
    "words", [("status",), ("status", "--json"), ("--version",), ("--help",), ("sync-due", "--plan")]
)
def test_a_closed_stdout_is_the_readers_good_right(program, alpha, closed, words):
    """`storesync … | head`: exit 0, not a word."""
    assert run(program, *words, stdout=closed) == (0, "")


@pytest.mark.parametrize("words", [("status",), ("status", "--json"), ("--version",), ("sync-due", "--plan")])
def test_a_full_stdout_is_told(program, alpha, full, words):
    """An answer that could not be written is none: exit 5, one line, no traceback."""
    code, stderr = run(program, *words, stdout=full)

    assert code == 5
    assert stderr.splitlines() == ["storesync: cannot write the answer: No space left on device"]


def test_a_closed_stderr_stops_nothing(program, alpha, closed):
    """Who throws our messages away still gets the answer."""
    with started(program, "status", "--json", stderr=closed) as process:
        stdout, _ = process.communicate(timeout=30)

    assert process.returncode == 0
    assert stdout.startswith(b"{")


def test_a_closed_stderr_hides_no_exit_code(program, alpha, closed):
    """An error that nobody reads is still one."""
    with started(program, "sync", "nobody", stderr=closed) as process:
        process.communicate(timeout=30)

    assert process.returncode == 2


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
@pytest.mark.parametrize("words", [("status",), ("status", "--json"), ("sync", "ñandú ☕☕")])
def test_no_encoding_breaks_an_answer(program, encoding, words):
    """A name that the terminal's encoding does not know is shown somehow; nothing crashes."""
    program.world.add_shop("shopify", "alpha", orders=1)
    program.connect("shopify", "alpha", "--alias", "Ñandú ☕")

    code, stderr = run(program, *words, environment={"PYTHONIOENCODING": encoding, "LC_ALL": "C"})

    assert code == (2 if words[0] == "sync" else 0)
    assert "Traceback" not in stderr


def test_json_is_utf_8_in_every_encoding(program):
    """Programs read JSON, not the terminal's alphabet."""
    program.world.add_shop("shopify", "alpha", orders=1)
    program.connect("shopify", "alpha", "--alias", "Ñandú ☕")

    with started(program, "status", "--json", environment={"PYTHONIOENCODING": "ascii"}) as process:
        answer = json.loads(process.communicate(timeout=30)[0])

    assert answer["stores"][0]["alias"] == "Ñandú ☕"


def test_a_stdout_that_was_never_open_is_no_error(program, alpha):
    """`storesync status >&-`: exit 0, not a word."""
    with started(program, "status", command=("sh", "-c", 'exec "$@" >&-', "sh", *STORESYNC)) as process:
        stderr = process.communicate(timeout=30)[1]

    assert (process.returncode, stderr) == (0, b"")


def test_cron_has_no_home(program, alpha):
    """An empty environment, but for the folder: the program runs from anywhere."""
    assert run(program, "sync-due", "--plan", environment={"HOME": "/nonexistent", "PATH": ""}, cwd="/") == (0, "")


@pytest.mark.parametrize("words", [("sync", "tiendanube:123456"), ("sync-due",)])
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_sync_leaves_no_half_state(program, sent, words):
    """Ctrl-C, SIGTERM, a closed terminal: within seconds, a code of their own, no traceback; the next sync goes on."""
    shop = program.world.add_shop("tiendanube", "123456", orders=5)
    program.connect("tiendanube", "123456", "--no-sync")
    hang = program.simulator.faults.add(Rule(path="/orders", hang=True, times=None))
    with serve(program.simulator) as url:
        program.settings["STORESYNC_TIENDANUBE_API_URL"] = f"{url}/tiendanube"
        program.write("UPDATE stores SET connected_at = '2026-01-01T00:00:00Z'")
        with started(program, *words) as process:
            while not hang.met:
                assert process.poll() is None
            process.send_signal(sent)
            stderr = process.communicate(timeout=WITHIN_S)[1].decode()

    # A shell, too, adds 128 to the number of the signal that ended a process.
    assert process.returncode in {-sent, 128 + sent}
    assert "Traceback" not in stderr
    program.simulator.faults.clear()
    del program.settings["STORESYNC_TIENDANUBE_API_URL"]
    assert program("sync", shop.key).code == 0


def test_an_interrupted_connect_leaves_no_store(program):
    """Ctrl-C while waiting for the browser: 130, and nothing was saved."""
    program.settings |= {
        "STORESYNC_SHOPIFY_CLIENT_ID": "id",
        "STORESYNC_SHOPIFY_CLIENT_SECRET": "secret",
        "STORESYNC_SHOPIFY_REDIRECT_URL": "http://127.0.0.1:0/callback",
    }
    with started(program, "connect", "shopify", "alpha", "--no-browser") as process:
        assert b"Let storesync into the shop" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        stderr = process.communicate(timeout=30)[1].decode()

    assert process.returncode == 130
    assert "Traceback" not in stderr
    assert "stopped; what was saved is kept\n  see where things stand: storesync status" in stderr
    assert program.sql("SELECT count(*) FROM stores") == [(0,)]


def test_whoever_ends_a_watch_gets_the_terminal_back(program, alpha):
    """SIGTERM, as from `timeout`: the other screen is left, and the cursor is shown."""
    ours, theirs = pty.openpty()
    with started(
        program, "status", "--watch", stdin=theirs, stdout=theirs, environment={"TERM": "xterm-256color"}
    ) as process:
        os.close(theirs)
        shown = b""
        while b"\x1b[?1049h" not in shown or b"STORE" not in shown:
            shown += os.read(ours, 65536)
        process.send_signal(signal.SIGTERM)
        with suppress(OSError):
            while part := os.read(ours, 65536):
                shown += part
        os.close(ours)
        assert process.wait(30) == 128 + signal.SIGTERM

    assert shown.rindex(b"\x1b[?1049l") > shown.rindex(b"\x1b[?1049h")


@pytest.mark.parametrize("words", [("--id", "5"), ("--email-stdin", "--yes")])
def test_a_closed_stdin_answers_no_question(program, alpha, words):
    """`storesync forget … <&-`: what cannot be asked or read is a usage error, no bug."""
    command = ("sh", "-c", 'exec "$@" <&-', "sh", *STORESYNC)
    with started(program, "forget", "alpha", *words, command=command) as process:
        assert process.wait(60) == 2
