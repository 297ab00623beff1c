"""The page in a real browser: it fits a phone and a desk, by day and by night, and the console stays empty."""

import re
import shutil
import subprocess
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.kits.samples import TESTS

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [pytest.mark.full, pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")]

FRAME = """<!doctype html><link rel="icon" href="data:,"><iframe src="status.html" width="{width}" height="900"
    style="border: 0" onload="look(contentDocument)"></iframe><p id="seen"></p><script>
    function look(page) {{
        for (const store of page.querySelectorAll("details")) store.open = true;
        const paper = getComputedStyle(page.body).backgroundColor;
        const boxes = [...page.querySelectorAll(".wide")];
        const hidden = boxes.filter(box => box.scrollWidth > box.clientWidth + 1).map(box => box.textContent.trim());
        const stores = page.querySelectorAll("details").length;
        seen.textContent = [page.documentElement.scrollWidth, paper, stores, ...hidden].join(";");
    }}</script>"""


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and says nothing."""

    def log_message(self, *words):
        pass


@pytest.fixture
def served(tmp_path):
    """A folder on loopback that holds the page of the scene."""
    folder = tmp_path / "web"
    folder.mkdir()
    shutil.copy(TESTS / "golden" / "status.html", folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield folder, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def browse(url, profile, *, dark):
    """Return the document as the browser made it, and what it said on its console."""
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr"]
    scheme = f"--blink-settings=preferredColorScheme={0 if dark else 1}"
    command = [CHROMIUM, *options, scheme, f"--user-data-dir={profile}", "--dump-dom", url]
    seen = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return seen.stdout, [line for line in seen.stderr.splitlines() if ":CONSOLE" in line]


@pytest.mark.parametrize("width", [390, 1200])
@pytest.mark.parametrize(("dark", "paper"), [(False, "rgb(251, 250, 248)"), (True, "rgb(22, 21, 20)")])
def test_the_page_fits_and_the_console_is_empty(served, tmp_path, width, dark, paper):
    """With every store unfolded nothing sticks out to the right, and the browser has nothing to complain of."""
    folder, url = served
    (folder / "frame.html").write_text(FRAME.format(width=width), encoding="utf-8")

    document, console = browse(f"{url}/frame.html", tmp_path / "profile", dark=dark)

    assert re.search(r'id="seen">(.+?)</p>', document, re.DOTALL)[1] == f"{width};{paper};7"
    assert console == []


def test_a_page_with_a_script_would_be_noticed(served, tmp_path):
    """The console is really read: the page's own policy forbids a script, and the browser says so."""
    folder, url = served
    page = (folder / "status.html").read_text(encoding="utf-8")
    (folder / "status.html").write_text(page.replace("</body>", "<script>1</script></body>"), encoding="utf-8")

    assert browse(f"{url}/status.html", tmp_path / "profile", dark=False)[1]
