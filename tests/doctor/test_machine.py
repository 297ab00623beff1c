"""`doctor` on what surrounds the program: cron, clock and network."""

import os
import shlex
import socket
import ssl
import subprocess
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from typer.testing import CliRunner

from storesync.cli.app import app
from storesync.runtime import processes
from storesync.runtime.clock import system_clock
from storesync.runtime.world import OutsideWorld
from storesync.simulator.faults import Rule
from tests.kits.doctor import consulted, healthy_program
from tests.kits.program import Answer, Program


@pytest.fixture(scope="module")
def healthy(tmp_path_factory):
    return healthy_program(tmp_path_factory.mktemp("healthy"))


@pytest.fixture
def doctor(healthy, program, tmp_path):
    """All is well."""
    return consulted(healthy, program, tmp_path)


class TestCron:
    """Whether anybody calls `sync-due`."""

    @pytest.fixture
    def late(self, doctor):
        """No tick for an hour."""
        doctor.program.clock.advance(hours=1)
        return doctor

    def found(self, doctor) -> dict:
        found = doctor("--only", "cron")[0]
        assert found["status"] == "fail"
        assert doctor.code("--only", "cron") == 5
        return found

    def mends(self, doctor, found) -> bool:
        """Type what it says, wait a minute, let cron do what the crontab says."""
        doctor.type(found["command"])
        assert f" --home {doctor.program.home} sync-due\n" in doctor.crontab.text.decode()
        doctor.program("sync-due")
        return all(one["status"] == "warn" for one in doctor("--only", "cron"))

    @pytest.mark.parametrize("text", [None, b"", b"0 4 * * * true\n# * * * * * storesync sync-due\n"])
    def test_no_line(self, late, text):
        """It is not installed, or only as a comment."""
        (late.crontab.folder / "kept").unlink() if text is None else setattr(late.crontab, "text", text)

        found = self.found(late)

        assert found["message"] == "no tick for 61 min: your crontab has no line that runs storesync"
        assert self.mends(late, found)

    def test_before_the_first_tick(self, late):
        """A crontab without the line, a store that waits."""
        late.program.write("DELETE FROM ticks")
        late.crontab.text = b""

        assert self.found(late)["message"].startswith("no tick yet: ")

    def test_a_line_for_another_home(self, late):
        """It serves somebody, but not these stores."""
        late.crontab.text = late.crontab.text.replace(str(late.program.home).encode(), b"/elsewhere")

        found = self.found(late)

        assert "serves another home" in found["message"]
        assert self.mends(late, found)

    @pytest.mark.parametrize(
        "line",
        [
            b"* * * * * storesync --home %s sync-due",
            b"PATH=/nowhere\n* * * * * python3 -m storesync --home=%s sync-due",
            b"* * * * * /gone/bin/storesync --home %s sync-due >/dev/null",
            b"* * * * * STORESYNC_HOME=%s /gone/storesync sync-due",
            b"STORESYNC_HOME = '%s'\n* * * * * /gone/storesync sync-due",
        ],
    )
    def test_a_program_that_cron_does_not_find(self, late, line):
        """Cron has a PATH of its own, and the program may have moved."""
        late.crontab.text = line % str(late.program.home).encode() + b"\n"

        found = self.found(late)

        assert "cron does not find" in found["message"]
        assert self.mends(late, found)

    @pytest.mark.parametrize("schedule", [b"*/30 * * * *", b"@hourly", b"* 8-18 * * *"])
    def test_not_every_minute(self, late, schedule):
        """The schedule is storesync's own affair."""
        late.crontab.text = late.crontab.text.replace(b"* * * * *", schedule)

        found = self.found(late)

        assert f"at {schedule.decode()!r}, not every minute" in found["message"]
        assert self.mends(late, found)

    def test_the_daemon_does_not_run(self, late):
        """The line is right; nobody reads it."""
        late.program.cron_is_up = False

        assert self.found(late)["command"] == "sudo service cron start"

    @pytest.mark.parametrize("is_up", [True, None])
    def test_everything_looks_right_and_nothing_happens(self, late, is_up):
        """Then the line is run as cron runs it, with nothing around it."""
        late.program.cron_is_up = is_up
        late.program.write("UPDATE stores SET connection = 'paused'")
        late.program.clock.at = datetime.now(UTC)

        found = self.found(late)
        done = late.type(found["command"])
        late.program.clock.at = datetime.now(UTC)

        assert found["command"].startswith('env -i HOME="$HOME" PATH=/usr/local/bin:/usr/bin:/bin sh -c ')
        assert (done.stdout, done.stderr) == ("", "")
        assert late("--only", "cron") == []

    @pytest.mark.parametrize("name", ["100% O'Brien \\ co", "two words"])
    def test_a_home_with_an_awkward_name_is_known_again(self, late, tmp_path, name):
        """Cron's % and the shell's quotes are read as cron and the shell read them; what follows a % is no command."""
        home = tmp_path / name
        late.program.home.rename(home)
        late.program.settings["STORESYNC_HOME"] = str(home)
        late.program("cron", "install")
        late.crontab.text = late.crontab.text.replace(b" sync-due\n", b" sync-due%read by nobody\n")

        found = self.found(late)

        assert "your crontab has the line" in found["message"]
        assert shlex.split(shlex.split(found["command"])[-1])[-2:] == [str(home), "sync-due"]

    def test_a_crontab_that_may_not_be_read(self, late):
        """Its own words; where ticks come all the same, nobody minds."""
        late.crontab.deny()

        assert "not allowed to use this program" in self.found(late)["message"]
        late.program("sync-due")
        assert late("--only", "cron") == []

    def test_half_a_block(self, late):
        """Only a person knows where it ends."""
        late.crontab.text = b"# BEGIN storesync\n"

        assert self.found(late)["command"] == "crontab -e"

    def test_two_lines_that_do_the_same(self, doctor):
        """Harmless, but twice the work: a warning."""
        doctor.crontab.text += f"* * * * * /opt/storesync --home {doctor.program.home} sync-due\n".encode()

        found = doctor.one("cron")

        assert (found["status"], found["command"], doctor.code()) == ("warn", "crontab -e", 0)

    def test_a_tick_that_ended_badly(self, doctor):
        """Cron calls, and each call fails: the next one, by hand, says why, or goes well."""
        doctor.program.write("UPDATE ticks SET exit_code = 5")

        found = doctor.one("cron")

        assert "ended with exit code 5" in found["message"]
        assert doctor.mends(found)

    def test_settings_that_cron_does_not_see(self, doctor):
        """By their names, and only where cron does otherwise; their values go into the file unseen."""
        doctor.program.settings |= {"STORESYNC_TIER_LOW": "7h", "STORESYNC_TIER_HIGH": "5m"}

        found = doctor.one("cron")

        assert "put STORESYNC_TIER_LOW into" in found["message"]
        assert (found["status"], "7h" in found["command"]) == ("warn", False)
        subprocess.run(["sh", "-c", found["command"]], env={**os.environ, "STORESYNC_TIER_LOW": "7h"}, check=True)
        assert doctor("--only", "cron", "--only", "config") == []

    def test_where_the_database_is_gone_the_line_is_looked_at(self, doctor):
        """Whether it works, nobody can tell."""
        doctor.program.database.unlink()
        [told] = doctor.program("doctor", "--json", "--only", "cron").json["checks"]
        assert (told["status"], "only the database tells" in told["message"]) == ("ok", True)

        doctor.crontab.text = b""
        assert doctor.one("cron")["message"] == "your crontab has no line that runs storesync"

    def test_a_daemon_is_found_by_its_name(self, monkeypatch, tmp_path):
        """Among all processes; where a machine does not show them, nobody knows."""
        name = Path("/proc/self/comm").read_text().strip()

        assert processes.is_running("no-such-daemon", name)
        assert not processes.is_running("no-such-daemon")
        monkeypatch.setattr(processes, "PROCESSES", tmp_path)
        assert processes.is_running(name) is None


class TestClock:
    """This machine's clock against the platforms'."""

    @pytest.mark.parametrize(("hours", "word"), [(3, "ahead of"), (-3, "behind")])
    def test_one_that_is_off(self, doctor, hours, word):
        """Either way: exit 4."""
        doctor.program.world.clock = lambda: doctor.program.clock.at - timedelta(hours=hours)

        found = doctor.one("clock")

        assert found["message"] == f"this machine's clock is 180 minutes {word} the platforms'"
        assert found["command"] == "timedatectl set-ntp true"
        assert doctor.code() == 4

    def test_some_minutes_are_nothing(self, doctor):
        """Within fifteen."""
        doctor.program.world.clock = lambda: doctor.program.clock.at - timedelta(minutes=14)

        assert doctor("--only", "clock") == []

    def test_where_nobody_answers_nobody_tells(self, doctor):
        """No answer, no time: skipped."""
        doctor.program.simulator.faults.add(Rule(reset="connect", times=None))

        [told] = doctor.program("doctor", "--json", "--only", "clock").json["checks"]
        assert told["status"] == "skipped"


class TestNetwork:
    """How far we get on the way to each platform."""

    @pytest.mark.parametrize(
        ("fault", "words"),
        [
            ({"reset": "connect"}, "nobody answers there"),
            ({"reset": "read"}, "nobody answers there"),
            ({"hang": True}, "did not answer in time"),
            ({"status": 503}, "it answered 503"),
        ],
    )
    def test_a_platform_that_is_not_reached(self, doctor, fault, words):
        """Named, exit 5; the tokens of its stores are not judged; the other one is well."""
        doctor.program.simulator.faults.add(Rule(platform="shopify", times=None, **fault))

        found = doctor.one("network")

        assert words in found["message"]
        assert found["command"] == "curl -sSI https://alpha.myshopify.com"
        assert doctor.code() == 5

    def test_without_stores_both_platforms_are_tried(self, program):
        """Before the first connect it is good to know."""
        found = program("doctor", "--json", "--only", "network").json["checks"]

        assert {name for one in found for name in ("shopify", "tiendanube") if name in one["message"]} == {
            "shopify",
            "tiendanube",
        }

    def test_a_name_that_nobody_knows(self, program, monkeypatch):
        """DNS is told apart."""
        found = _really(program, monkeypatch, "https://no-such-host.invalid")

        assert found["message"] == "no-such-host.invalid: this name is not known here; look at the name server"
        assert found["command"] == "cat /etc/resolv.conf"

    def test_a_certificate_that_nobody_trusts(self, program, monkeypatch, tmp_path):
        """TLS is told apart, and so is a file of certificates that does not hold the right one."""
        with _tls_server(tmp_path) as url:
            found = _really(program, monkeypatch, url)
            with_file = _really(program, monkeypatch, url, SSL_CERT_FILE=ssl.get_default_verify_paths().openssl_cafile)

        assert "its TLS certificate is not accepted" in found["message"]
        assert found["command"] == f"curl -vI {url}"
        assert with_file["command"] == "unset SSL_CERT_FILE"

    def test_a_proxy_that_is_not_there(self, program, monkeypatch):
        """It is the proxy that is named, without what opens it."""
        with socket.create_server(("127.0.0.1", 0)) as one:
            port = one.getsockname()[1]
        found = _really(program, monkeypatch, "https://api.example", HTTPS_PROXY=f"http://ana:hush@127.0.0.1:{port}")

        assert found["message"] == f"api.example: the proxy 127.0.0.1:{port} does not let us through"
        assert "hush" not in str(found)

    def test_a_proxy_that_refuses(self, program, monkeypatch):
        """It answers 407."""
        with _http_server() as port:
            found = _really(program, monkeypatch, "https://api.example", HTTPS_PROXY=f"http://127.0.0.1:{port}")

        assert "does not let us through" in found["message"]


def _really(program: Program, monkeypatch, url: str, **environment: str) -> dict:
    """Return what is found on this machine's real network about Tiendanube at *url*."""
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    known = {"STORESYNC_HOME": str(program.home), "STORESYNC_TIENDANUBE_API_URL": url, **environment}
    outside = OutsideWorld(environment=known, clock=replace(system_clock(), sleep=lambda _s: None))
    result = CliRunner().invoke(app, ["doctor", "--only", "network", "--json"], obj=outside, catch_exceptions=False)
    found = Answer(result.exit_code, result.stdout, result.stderr).json["checks"]
    return next(one for one in found if "myshopify" not in one["message"])


class _Refuses(BaseHTTPRequestHandler):
    def do_CONNECT(self):
        self.send_error(407)

    def do_HEAD(self):
        self.send_error(407)

    def log_message(self, *_words):
        pass


@contextmanager
def _http_server(context: ssl.SSLContext | None = None):
    server = HTTPServer(("127.0.0.1", 0), _Refuses)
    server.handle_error = lambda *_words: None
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def _tls_server(folder: Path):
    """Serve https on loopback with a certificate that nobody has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with _http_server(context) as port:
        yield f"https://localhost:{port}"
