"""`cron print`, `install` and `remove`, with a small program that keeps a crontab in a file."""

import re
import shlex
import subprocess
import sys

import pytest

from tests.kits.crontabs import Crontab
from tests.kits.samples import ROOT

EXAMPLE = ROOT / "crontab.example"
OURS = re.compile(rb"^# BEGIN storesync\n.*^# END storesync\n", re.MULTILINE | re.DOTALL)
HALVES = {
    "no end": b"# BEGIN storesync\n0 0 * * * true\n",
    "no begin": b"0 0 * * * true\n# END storesync\n",
    "the wrong way round": b"# END storesync\n# BEGIN storesync\n",
    "one in another": b"# BEGIN storesync\n# BEGIN storesync\n# END storesync\n# END storesync\n",
}


@pytest.fixture
def crontab(program, tmp_path):
    """An operator's crontab; there is none yet."""
    made = Crontab(tmp_path / "bin")
    program.settings["PATH"] = str(made.folder)
    return made


def words_of(text: bytes | str) -> list[str]:
    """Return the words that the shell sees when cron runs our line."""
    text = text if isinstance(text, str) else text.decode()
    [line] = re.findall(r"^\* \* \* \* \* (.+ sync-due)$", text, re.MULTILINE)
    assert re.search(r"(?<!\\)%", line) is None, "cron would cut the line here"
    return shlex.split(re.sub(r"\\([\\%])", r"\1", line))


def test_the_example_is_what_is_printed_but_for_paths(program):
    """crontab.example shows the very lines that install writes."""
    printed = program("cron", "print").stdout.replace(f"{program.home}/", "~/.local/share/storesync/")
    printed = re.sub(r"(?<=\* \* \* \* \* ).+(?= sync-due)", "/usr/local/bin/storesync", printed)

    assert printed == EXAMPLE.read_text(encoding="utf-8")


def test_an_operator_without_a_crontab_gets_one(program, crontab):
    """What is installed is what is printed; the answer names the line and how to check it."""
    answer = program("cron", "install")

    assert answer.code == 0
    assert crontab.text == program("cron", "print").stdout.encode()
    assert f"--home {program.home} sync-due" in answer.stdout
    assert answer.stdout.endswith(f"--home {program.home} doctor --only cron\n")


def test_installing_twice_changes_nothing(program, crontab):
    """The second time nothing is written, and it says so."""
    program("cron", "install")

    answer = program("cron", "install")

    assert (answer.code, crontab.writes) == (0, 1)
    assert answer.stdout.startswith("nothing to change")


@pytest.mark.parametrize(
    "before",
    [
        b"MAILTO=ana@example.com\n0 4 * * * /usr/bin/true\n",
        b"0 4 * * * /usr/bin/true\r\n# two\r\n",
        b"# \xd1and\xfa in Latin-1, a \x0c and a \xe2\x80\xa8\n",
        b"\n\n\n",
    ],
)
def test_the_operators_own_lines_stay_as_they_are(program, crontab, before):
    """Byte for byte, through install and remove."""
    crontab.text = before
    program("cron", "install")

    assert crontab.text == before + program("cron", "print").stdout.encode()
    assert program("cron", "remove").code == 0
    assert crontab.text == before


def test_a_last_line_without_its_end_gets_it(program, crontab):
    """Our first line does not run into the operator's last one."""
    crontab.text = b"0 4 * * * /usr/bin/true"
    program("cron", "install")

    assert crontab.text == b"0 4 * * * /usr/bin/true\n" + program("cron", "print").stdout.encode()


@pytest.mark.parametrize(
    "old", [b"# BEGIN storesync\nan older one\n# END storesync\n", b"# BEGIN storesync \r\n# END storesync\r\n"]
)
def test_an_older_block_is_replaced_where_it_stands(program, crontab, old):
    """Whatever stood between the two lines, and whatever editor touched them."""
    crontab.text = b"# before\n" + old + b"# after\n"
    program("cron", "install")

    assert crontab.text == b"# before\n" + program("cron", "print").stdout.encode() + b"# after\n"


def test_two_blocks_become_one(program, crontab):
    """A copy that was pasted in does not run everything twice."""
    block = b"# BEGIN storesync\n# END storesync\n"
    crontab.text = b"# a\n" + block + b"# b\n" + block + b"# c\n"
    program("cron", "install")

    assert crontab.text == b"# a\n" + program("cron", "print").stdout.encode() + b"# b\n# c\n"
    program("cron", "remove")
    assert crontab.text == b"# a\n# b\n# c\n"


@pytest.mark.parametrize("command", ["install", "remove"])
@pytest.mark.parametrize("half", HALVES.values(), ids=HALVES)
def test_half_a_block_is_left_to_the_operator(program, crontab, half, command):
    """Where it ends nobody knows: exit 2, nothing is written, the answer says what to do."""
    crontab.text = half

    answer = program("cron", command)

    assert (answer.code, crontab.text, crontab.writes) == (2, half, 0)
    assert answer.stderr.endswith("crontab -e\n")


@pytest.mark.parametrize("before", [None, b"# nothing of ours\n"])
def test_where_there_is_nothing_to_remove_all_is_well(program, crontab, before):
    """Exit 0, nothing is written."""
    if before:
        crontab.text = before

    answer = program("cron", "remove")

    assert (answer.code, crontab.text, crontab.writes) == (0, before, 0)
    assert answer.stdout.startswith("nothing to remove")


@pytest.mark.parametrize("command", ["install", "remove"])
def test_who_may_not_use_cron_is_told(program, crontab, command):
    """The words of crontab itself, exit 5; a crontab that cannot be read is not overwritten."""
    crontab.text = b"# mine\n"
    crontab.deny()

    answer = program("cron", command)

    assert (answer.code, crontab.text) == (5, b"# mine\n")
    assert "not allowed to use this program" in answer.stderr


@pytest.mark.parametrize("command", ["install", "remove"])
def test_a_machine_without_cron_is_told_what_to_run_instead(program, tmp_path, command):
    """Exit 5, and the command for another scheduler."""
    program.settings["PATH"] = str(tmp_path)

    answer = program("cron", command)

    assert answer.code == 5
    assert answer.stderr.endswith(f"--home {program.home} sync-due\n")


def test_bad_settings_never_reach_the_crontab(program, crontab):
    """What cron would complain of every minute is said now: exit 2, nothing is written."""
    program.settings["STORESYNC_TIER_HIGH"] = "often"

    answer = program("cron", "install")

    assert (answer.code, crontab.text) == (2, None)
    assert "STORESYNC_TIER_HIGH" in answer.stderr


@pytest.mark.parametrize("address", ["ana@example.com", "ana,ben@example.com", ""])
def test_mail_goes_where_it_is_told(program, crontab, address):
    """--mailto writes the line for cron; an empty address stops all mail."""
    program("cron", "install", "--mailto", address)

    assert f'\nMAILTO="{address}"\n'.encode() in crontab.text


@pytest.mark.parametrize("address", ["ana@example.com", ""])
def test_installing_again_keeps_the_address(program, crontab, address):
    """Until another one is given."""
    program("cron", "install", "--mailto", address)
    program("cron", "install")
    kept = crontab.text
    program("cron", "install", "--mailto", "ben@example.com")

    assert f'\nMAILTO="{address}"\n'.encode() in kept
    assert b'\nMAILTO="ben@example.com"\n' in crontab.text


@pytest.mark.parametrize(
    "address", ["a\n* * * * * rm -rf /", "a\rb", 'a"b', "a b", "-t@example.com", "ñ@example.com", "a\n"]
)
def test_nothing_else_slips_in_as_an_address(program, crontab, address):
    """A line break would be a second line of the crontab: exit 2, nothing is written."""
    answer = program("cron", "install", "--mailto", address)

    assert (answer.code, crontab.text) == (2, None)


@pytest.mark.parametrize(
    "name", ["two words", "100% O'Brien", '"quoted" $HOME `id`', "back\\slash \\% \\\\", "#1; *", "ñandú ☕"]
)
def test_any_home_reaches_the_shell_as_it_is_called(program, crontab, tmp_path, name):
    """Neither cron's % nor the shell's quotes change it, for storesync and its settings file alike."""
    program.settings["STORESYNC_HOME"] = str(tmp_path / name)
    settings, database = tmp_path / f"{name}.env", tmp_path / f"{name}.db"
    settings.touch()
    program("--env-file", str(settings), "--database", str(database), "cron", "install")

    named = ["--home", str(tmp_path / name), "--database", str(database), "--env-file", str(settings)]
    assert words_of(crontab.text)[-7:-1] == named


def test_a_home_that_no_crontab_can_hold_is_refused(program, crontab, tmp_path):
    """A line break in a path would be a second line: exit 2, nothing is written."""
    answer = program("--home", str(tmp_path / "a\n* * * * * id"), "cron", "install")

    assert (answer.code, crontab.text) == (2, None)


def test_a_relative_home_is_written_in_full(program, crontab, tmp_path):
    """Cron starts elsewhere."""
    program.settings["STORESYNC_HOME"] = "here"
    program("cron", "install")

    assert words_of(crontab.text)[-3:-1] == ["--home", str(tmp_path / "here")]


def test_a_settings_file_that_cron_would_not_find_is_named(program, crontab, tmp_path):
    """.env of the working directory is named in full; the one in the home folder needs no naming."""
    (tmp_path / ".env").touch()
    program("cron", "install")
    assert words_of(crontab.text)[-3:-1] == ["--env-file", str(tmp_path / ".env")]

    program.home.mkdir()
    (program.home / ".env").touch()
    program("cron", "install")
    assert "--env-file" not in words_of(crontab.text)


def test_settings_that_cron_does_not_see_are_named(program, crontab):
    """By their names, never their values; those that serve connect alone are left out."""
    program.settings |= {"STORESYNC_SHOPIFY_CLIENT_SECRET": "hush", "STORESYNC_TOKEN": "hush"}

    answer = program("cron", "install")

    assert f"STORESYNC_SHOPIFY_CLIENT_SECRET into {program.home / '.env'}\n" in answer.stderr
    assert "STORESYNC_TOKEN" not in answer.stderr
    assert "STORESYNC_HOME" not in answer.stderr
    assert "hush" not in answer.stdout + answer.stderr + crontab.text.decode()


def test_without_a_database_the_first_command_is_named(program, crontab, shopify):
    """Installing before connecting is fine, but says what is missing."""
    assert "connect --help" in program("cron", "install").stderr

    program.connect("shopify", "alpha", "--no-sync")
    assert program("cron", "install").stderr == ""


def test_a_line_made_by_hand_is_pointed_out(program, crontab):
    """Two lines would do everything twice; the operator's own is the operator's to take out."""
    by_hand = "* * * * * /opt/storesync/bin/storesync sync-due >/dev/null"
    crontab.text = f"# storesync sync-due\n{by_hand}\n".encode()

    answer = program("cron", "install")

    assert by_hand in answer.stderr
    assert answer.stderr.count("sync-due") == 1
    assert by_hand.encode() in crontab.text


@pytest.mark.parametrize("way", ["script", "module"])
def test_the_line_calls_the_program_as_it_was_called(tmp_path, way):
    """Absolute, whether called by its script, from a relative path too, or as a module of this Python."""
    (tmp_path / "storesync").write_text(f"#!{sys.executable}\nfrom storesync.__main__ import main\nmain()\n")
    called = {"script": ["storesync"], "module": ["-m", "storesync"]}[way]
    done = subprocess.run(
        [sys.executable, *called, "cron", "print"], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    expected = {"script": [str(tmp_path / "storesync")], "module": [sys.executable, "-m", "storesync"]}[way]
    assert words_of(done.stdout) == [*expected, "sync-due"]
