"""The front page: short, and true."""

import re
import subprocess

import pytest

from storesync.reports.manual import load_pages
from tests.kits.manual import COMMANDS, PAGES, README, ROOT, anchors, blocks, calls, links, parse, quoted
from tests.kits.samples import TESTS

LONGEST = 12_000


def test_the_readme_is_short():
    """What is to be looked up stands in the manual."""
    assert len(README) <= LONGEST


@pytest.mark.parametrize("end", [r"\.venv/bin/pytest", r"\.venv/bin/storesync demo$"])
def test_two_commands_need_nothing_but_python(end):
    """The demo and the tests, each in one line that begins with an environment of its own."""
    lines = [line for block in blocks(README, "sh") for line in block.split("\n") if re.search(end, line)]

    assert len(lines) == 1
    assert lines[0].startswith("python3 -m venv .venv && .venv/bin/pip install ")


def test_a_shop_of_ones_own_takes_six_lines():
    """From installing to asking."""
    [block] = [block for block in blocks(README, "sh") if "storesync connect" in block]

    assert len(block.split("\n")) == 6
    assert [call[0] for call in calls(block)] == ["connect", "cron", "status"]


def test_every_block_of_shell_is_shell_and_calls_what_there_is():
    """As bash and the program's own command line read them."""
    for block in blocks(README, "sh"):
        assert subprocess.run(["bash", "-n"], input=block, text=True, check=False).returncode == 0
        for call in calls(block):
            parse(call)


def test_no_sentence_names_a_command_that_does_not_exist():
    """Whatever follows the program's name is one of its commands."""
    named = [code.split()[1] for code in quoted(README) if code.startswith("storesync ")]

    assert "help" in named
    assert set(named) <= set(COMMANDS)


def test_the_links_of_the_readme_lead_somewhere():
    """Files, pages and headings that it points to exist."""
    for target in links(README):
        file, _, anchor = target.partition("#")
        assert not file or (ROOT / file).is_file(), target
        text = README if not file else PAGES.get(file.removeprefix("storesync/manual/").removesuffix(".md"), "")
        assert not anchor or anchor in anchors(text), target


def test_the_readme_lists_the_pages_of_the_manual():
    """All of them, in their order, each with its sentence."""
    listed = re.findall(r"^\* \[([a-z-]+)\]\(storesync/manual/\1\.md\): (.+)$", README, re.MULTILINE)

    assert listed == [(page.subject, page.summary) for page in load_pages()]


def test_the_readme_shows_the_status_as_it_is():
    """The table is the golden one."""
    shown = (TESTS / "golden" / "status-200.txt").read_text(encoding="utf-8").splitlines()

    assert "\n".join(line.rstrip() for line in shown) in README
