"""Notices and the ping: they arrive, they are silent when they cannot, and they hold up nothing."""

import json
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from storesync import __version__
from storesync.platforms.shopify.session import ShopifySession
from storesync.runtime.extras import install
from storesync.runtime.notices import PATIENCE_S, Notices
from tests.kits.apps import connect, let_in, shut
from tests.kits.processes import LIMIT_S

KEY = "c4n4ry"
BRIEF_S = 0.5


@dataclass
class Service:
    """An HTTP service on loopback that remembers what it was asked and answers as it is told."""

    port: int = 0
    status: int = 200
    requests: list[tuple[str, str, dict, bytes]] = field(default_factory=list)
    drips: bool = False
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def ping(self) -> str:
        return f"http://127.0.0.1:{self.port}/{KEY}/"

    @property
    def notify(self) -> str:
        return f"json://user:{KEY}@127.0.0.1:{self.port}/{KEY}"

    @property
    def told(self) -> list[dict]:
        return [json.loads(body) for *_, body in self.requests]


@pytest.fixture
def service():
    """Serve one service."""
    served = Service()

    class Handler(BaseHTTPRequestHandler):
        def answer(self):
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            served.requests.append((self.command, self.path, dict(self.headers), body))
            while served.drips and not served.over.wait(0.02):
                self.wfile.write(b"H")
            self.send_response(served.status)
            self.send_header("location", f"http://127.0.0.1:{served.port}/elsewhere")
            self.send_header("content-length", "0")
            self.end_headers()

        do_GET = do_POST = answer  # noqa: N815 - the names that it is called by

        def log_message(self, *_):
            """Stay silent."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_):
            """A client that hung up is what some tests are about."""

    with Server(("127.0.0.1", 0), Handler) as server:
        served.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield served
        served.over.set()
        server.shutdown()


@pytest.fixture
def mute():
    """A service that takes the connection and then says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield Service(listening.getsockname()[1])


@pytest.fixture
def nobody():
    """A port where nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    return Service(port)


@pytest.fixture(params=["500", "redirect", "drips", "mute", "nobody"])
def failing(request, service):
    """A service that does not take what it is sent, in each of the ways."""
    if request.param in {"mute", "nobody"}:
        return request.getfixturevalue(request.param)
    service.drips = request.param == "drips"
    service.status = {"500": 500, "redirect": 302}.get(request.param, 200)
    return service


def python(code: str, **environment: str) -> subprocess.CompletedProcess:
    """Run *code* in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=True,
    )


class TestSending:
    """A notice reaches every service."""

    def test_a_notice_arrives(self, service):
        """Title and body, as plain text, under our name."""
        assert Notices(service.notify).send("shopify:alpha needs you", "<connect> it again\nstoresync connect")
        assert service.told[0]["title"] == "shopify:alpha needs you"
        assert service.told[0]["message"] == "<connect> it again\nstoresync connect"
        assert service.requests[0][2]["User-Agent"] == "storesync"

    def test_a_service_that_speaks_html_is_sent_text(self, service):
        """What a shop is called is no markup."""
        Notices(f"{service.notify}?format=html").send("title", "<b>alpha</b>")

        assert "<b>" not in service.told[0]["message"]

    @pytest.mark.parametrize("between", [" ", ",", ", "])
    def test_it_reaches_all_services(self, service, between):
        """Their URLs are separated by blanks or commas."""
        urls = between.join(f"{service.notify}/{name}" for name in ("one", "two"))

        assert Notices(urls).send("title", "body")
        assert {path for _, path, _, _ in service.requests} == {f"/{KEY}/one", f"/{KEY}/two"}

    def test_one_that_hangs_does_not_keep_it_from_the_others(self, service, mute):
        """They are told at once, not one after the other; who took the notice is not sent it again."""
        assert Notices(f"{mute.notify} {service.notify}", patience_s=BRIEF_S).send("title", "body")
        assert len(service.told) == 1

    def test_one_that_is_not_understood_does_not_keep_it_from_the_others(self, service, caplog):
        """The log names the setting, not the URL."""
        assert Notices(f"nosuch://{KEY} {service.notify}").send("title", "body")
        assert len(service.told) == 1
        assert "STORESYNC_NOTIFY_URL" in caplog.text
        assert KEY not in caplog.text

    def test_no_control_character_leaves(self, service):
        """What a shop is called cannot move a terminal's cursor; lines stay lines."""
        Notices(service.notify).send("al\x1b[2Jpha\n", "one\x07\r\ntwo\u202e")

        assert service.told[0]["title"] == "al�[2Jpha�"
        assert service.told[0]["message"] == "one�\ntwo�"

    def test_a_long_notice_is_cut(self, service):
        """A chat that refuses long messages is told all the same."""
        Notices(service.notify).send("title", "many words " * 1000)

        assert len(service.told[0]["message"]) <= 1000

    def test_where_there_is_nobody_to_tell_nothing_fails(self):
        """No URL, no notice, no trouble."""
        assert Notices().send("title", "body")
        assert Notices().ping()

    def test_without_the_extra_it_says_what_to_install(self, service, caplog, monkeypatch):
        """The notice is not sent, the log has the next command, the ping works."""
        monkeypatch.setitem(sys.modules, "apprise", None)
        notices = Notices(service.notify, service.ping)

        assert not notices.send("title", "body")
        assert notices.remedy == install("notify")
        assert notices.remedy in caplog.text
        assert notices.ping()
        assert Notices().remedy is None

    def test_where_nothing_is_missing_there_is_no_remedy(self, service):
        """The extra is there."""
        assert Notices(service.notify).remedy is None

    def test_the_library_is_loaded_only_to_send(self, nobody):
        """It costs more than the rest of a quiet minute."""
        code = (
            "import sys; from storesync.runtime.notices import Notices; Notices().send('a', 'b');"
            f"Notices({nobody.notify!r}).remedy; Notices(None, {nobody.ping!r}).ping(); print('apprise' in sys.modules)"
        )

        assert python(code).stdout == "False\n"


class TestPing:
    """The ping is one plain GET."""

    def test_it_asks_for_exactly_the_url(self, service):
        """Its last slash included, under our name and version."""
        assert Notices(None, service.ping).ping()
        [(method, path, headers, body)] = service.requests
        assert (method, path, body) == ("GET", f"/{KEY}/", b"")
        assert headers["User-Agent"] == f"storesync/{__version__}"

    def test_a_redirect_is_not_followed(self, service):
        """The key in the path goes nowhere else."""
        service.status = 302

        assert not Notices(None, service.ping).ping()
        assert len(service.requests) == 1


class TestFailure:
    """A service that fails is a line of the log."""

    def test_a_notice_that_fails_is_a_line_of_the_log(self, failing, caplog):
        """Never an error, never a wait beyond the patience, never the URL."""
        with caplog.at_level(logging.WARNING):
            assert not Notices(failing.notify, patience_s=BRIEF_S).send("title", "body")

        assert [record.message.split()[:2] for record in caplog.records] == [["notices.failed", "service=JSON"]]
        assert KEY not in caplog.text

    def test_a_ping_that_fails_is_a_line_of_the_log(self, failing, caplog):
        """The same for the ping."""
        with caplog.at_level(logging.WARNING):
            assert not Notices(None, failing.ping, patience_s=BRIEF_S).ping()

        assert [record.message.split()[:2] for record in caplog.records] == [["notices.failed", "service=ping"]]
        assert KEY not in caplog.text

    def test_waiting_has_an_end(self, service):
        """Bytes that keep coming are no answer: the patience counts from the start."""
        service.drips = True
        begun = time.monotonic()

        assert not Notices(service.notify, patience_s=BRIEF_S).send("title", "body")
        assert not Notices(None, service.ping, patience_s=BRIEF_S).ping()
        assert time.monotonic() - begun < 2 * PATIENCE_S

    def test_the_log_says_why(self, service, caplog):
        """A wrong key can be told from a service that is down."""
        service.status = 404
        Notices(None, service.ping).ping()

        assert caplog.messages == ["notices.failed service=ping fault=status 404"]

    def test_a_service_that_never_ends_does_not_keep_the_process(self, service):
        """It sends a byte now and then for ever: no timeout between bytes would end that."""
        service.drips = True
        notices = f"Notices({service.notify!r}, {service.ping!r}, patience_s={BRIEF_S})"
        code = f"from storesync.runtime.notices import Notices; n = {notices}; print(n.send('title', 'body'), n.ping())"

        assert python(code).stdout == "False False\n"

    def test_no_key_is_ever_shown(self, failing, tmp_path):
        """Neither in the log at its loudest, nor on stdout or stderr, whoever else listens to the loggers."""
        log = tmp_path / "log"
        notices = f"Notices({'nosuch://' + KEY + ' ' + failing.notify!r}, {failing.ping!r}, patience_s={BRIEF_S})"
        code = f"""
import logging, sys
from pathlib import Path
from storesync.runtime.log import show_log, start_log
from storesync.runtime.notices import Notices
logging.basicConfig()
logging.getLogger("apprise").setLevel("DEBUG")
start_log(Path({str(log)!r}), "debug")
show_log(sys.stderr)
n = {notices}
n.send("title", "body"), n.ping()
print(n)
"""
        done = python(code)

        assert "notices.failed" in log.read_text()
        assert KEY not in log.read_text() + done.stdout + done.stderr


class TestTick:
    """`sync-due` pings where all went well, and does its work whatever becomes of that."""

    @pytest.fixture
    def due(self, program, shopify):
        """A store that is due."""
        program.connect("shopify", "alpha")
        program.clock.advance(minutes=6)

    def fail(self, program, ticks, **fault):
        """Let the platform fail for some ticks, each in the store's next turn."""
        program.simulator.faults.add(fault | {"times": None})
        for _ in range(ticks):
            assert program("sync-due").code == 0
            program.clock.advance(minutes=50)

    def test_a_third_failure_is_noticed_once_and_its_end_once(self, program, due, service):
        """The first two heal by themselves often enough."""
        program.settings["STORESYNC_NOTIFY_URL"] = service.notify
        self.fail(program, 2, status=503)
        assert service.told == []
        self.fail(program, 3, status=503)
        program.simulator.faults.clear()
        program("sync-due")

        assert [one["title"] for one in service.told] == ["storesync: shopify:alpha"] * 2
        assert [one["message"][:30] for one in service.told] == [
            "shopify:alpha failed: the plat",
            "shopify:alpha is in sync again",
        ]

    def test_a_frozen_shop_is_noticed_at_once(self, program, due, service):
        """What a person may have to do something about."""
        program.settings["STORESYNC_NOTIFY_URL"] = service.notify
        self.fail(program, 1, status=402)

        assert "shopify:alpha is suspended" in service.told[0]["message"]

    def test_a_shop_that_changes_is_noticed_once(self, program, due, service):
        """Nothing is wrong, and somebody should know."""
        program.settings["STORESYNC_NOTIFY_URL"] = service.notify
        program.world.shop("shopify", "alpha").change_time_zone("Asia/Tokyo")
        for _ in range(3):
            program.clock.advance(days=1)
            program("sync-due")

        [notice] = service.told
        assert notice["message"].startswith("shopify:alpha is in Asia/Tokyo now")

    def test_an_app_that_is_refused_is_noticed_once_for_all_its_stores(self, program, service):
        """And once when it is over."""
        connect(program, "alpha", "beta")
        program.settings["STORESYNC_NOTIFY_URL"] = service.notify
        program.clock.advance(minutes=6)
        shut(program)
        for _ in range(3):
            assert program("sync-due").code == 4
            program.clock.advance(minutes=1)
        let_in(program)
        program.clock.advance(minutes=15)
        program("sync-due")

        assert [one["title"] for one in service.told] == ["storesync: your shopify app"] * 2
        assert "2 stores wait for that" in service.told[0]["message"]

    def test_a_notice_that_nobody_took_is_sent_again(self, program, due, service):
        """Not every minute, but until somebody takes it."""
        program.settings["STORESYNC_NOTIFY_URL"] = service.notify
        service.status = 500
        self.fail(program, 3, status=503)
        tried = len(service.requests)
        service.status = 200
        self.fail(program, 3, status=503)

        assert (tried, len(service.requests)) == (1, 2)

    def test_the_end_that_nobody_took_is_sent_again(self, program, due, service):
        """Whoever was called is told that it is over, and once."""
        program.settings["STORESYNC_NOTIFY_URL"] = service.notify
        self.fail(program, 3, status=503)
        program.simulator.faults.clear()
        service.status = 500
        program("sync-due")
        service.status = 200
        for _ in range(3):
            program.clock.advance(minutes=20)
            program("sync-due")

        assert [one["message"][:30] for one in service.told][-1] == "shopify:alpha is in sync again"
        assert len(service.requests) == 3
        assert program.sql("SELECT topic FROM incidents") == []

    def test_a_fault_of_this_machine_is_noticed(self, program, due, service):
        """Also where the database itself is gone."""
        program.settings["STORESYNC_NOTIFY_URL"] = service.notify
        program.database.unlink()
        codes = [program("sync-due").code for _ in range(3)]

        assert codes == [10, 10, 10]
        assert [one["message"][:14] for one in service.told] == ["no database at"]

    def test_without_the_extra_it_is_told_once(self, program, due, service, monkeypatch):
        """A line with the next command; the store is read."""
        monkeypatch.setitem(sys.modules, "apprise", None)
        program.settings["STORESYNC_NOTIFY_URL"] = service.notify
        answers = [program("sync-due") for _ in range(3)]

        assert [answer.stderr for answer in answers] == [
            f"storesync: notices cannot be sent: {install('notify')}\n",
            "",
            "",
        ]
        assert program.sql("SELECT last_sync_at FROM stores") == [("2026-11-22T12:06:00Z",)]

    def test_a_good_tick_pings(self, program, due, service):
        """Once, after the work is done."""
        program.settings["STORESYNC_PING_URL"] = service.ping

        assert program("sync-due").code == 0
        assert len(service.requests) == 1

    def test_a_tick_that_did_not_end_well_does_not_ping(self, program, due, service, monkeypatch):
        """The dead-man's service is to notice."""
        monkeypatch.delattr(ShopifySession, "first_pages")
        program.settings["STORESYNC_PING_URL"] = service.ping

        assert program("sync-due").code == 1
        assert service.requests == []

    def test_looking_at_the_plan_does_not_ping(self, program, due, service):
        """Only the work proves that it is done."""
        program.settings["STORESYNC_PING_URL"] = service.ping
        program("sync-due", "--plan")

        assert service.requests == []

    @pytest.mark.parametrize("kind", ["nobody", "service"])
    def test_a_ping_that_fails_changes_nothing(self, program, due, kind, request):
        """The exit code, the output and the store are as without it."""
        failing = request.getfixturevalue(kind)
        failing.status = 500
        program.settings["STORESYNC_PING_URL"] = failing.ping
        answer = program("sync-due")

        assert (answer.code, answer.stdout, answer.stderr) == (0, "", "")
        assert program.sql("SELECT sync_status, last_sync_at FROM stores") == [("completed", "2026-11-22T12:06:00Z")]
        log = (program.home / "storesync.log").read_text()
        assert "notices.failed service=ping" in log
        assert KEY not in log

    @pytest.mark.parametrize("place", ["environment", "file"])
    def test_an_idle_minute_pings_too(self, program, shopify, service, place):
        """The quick way of a minute without work is not taken where it would leave out the ping."""
        program.connect("shopify", "alpha", "--no-sync")
        program.write("UPDATE stores SET next_sync_at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '+1 hour')")
        setting = {"STORESYNC_PING_URL": service.ping}
        if place == "file":
            (program.home / ".env").write_text(f"STORESYNC_PING_URL={setting.pop('STORESYNC_PING_URL')}\n")
        code = "import sys; sys.argv = ['storesync', 'sync-due']; from storesync.__main__ import main; main()"
        python(code, STORESYNC_HOME=str(program.home), **setting)

        assert len(service.requests) == 1
