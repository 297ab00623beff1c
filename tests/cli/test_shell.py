"""What a shell and a script meet: completion, and words that make no sense."""

import os
import subprocess
import sys

import pytest

from storesync import __version__


@pytest.fixture
def stores(program):
    """Two stores, one with an alias."""
    program.world.add_shop("shopify", "alpha", orders=1)
    program.world.add_shop("tiendanube", "123456", orders=1)
    program.connect("shopify", "alpha", "--no-sync", "--alias", "shoes")
    program.connect("tiendanube", "123456", "--no-sync")


def completed(program, line, *, home=None):
    """Return what bash is offered at the end of *line*."""
    words = {"COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1), "_STORESYNC_COMPLETE": "complete_bash"}
    environment = {**os.environ, **words, "STORESYNC_HOME": str(home or program.home)}
    done = subprocess.run(
        [sys.executable, "-c", "import sys; sys.argv[0] = 'storesync'; from storesync.__main__ import main; main()"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout.split()


def test_the_shell_completes_stores(program, stores):
    """By key, by alias, and by what stands behind the colon, where bash begins a word of its own."""
    assert completed(program, "storesync status ") == ["shopify:alpha", "tiendanube:123456"]
    assert completed(program, "storesync set sh") == ["shopify:alpha"]
    assert completed(program, "storesync sync sho") == ["shopify:alpha"]
    assert completed(program, "storesync disconnect shoe") == ["shoes"]
    assert completed(program, "storesync history 12") == ["123456"]


def test_the_shell_completes_in_the_home_that_is_named(program, stores, tmp_path):
    """Options before the command count."""
    elsewhere = tmp_path / "elsewhere"

    assert completed(program, f"storesync --home {program.home} status sho", home=elsewhere) == ["shopify:alpha"]


def test_without_a_database_the_shell_is_offered_nothing(program, tmp_path):
    """And told nothing: there is no good place for an error."""
    assert completed(program, "storesync status ", home=tmp_path / "nowhere") == []


def test_the_shell_completes_commands(program):
    """Like any other program."""
    assert completed(program, "storesync rec") == ["reconcile"]


def test_the_shell_completes_subjects_of_the_manual(program):
    """Pages and commands."""
    assert completed(program, "storesync help ex") == ["exit-codes", "export"]


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("nonsense", "--json"), "storesync --help"),
        (("--nonsense", "status", "--json"), "storesync --help"),
        (("status", "--nonsense", "--json"), "storesync status --help"),
        (("status", "--format", "json", "--nonsense"), "storesync status --help"),
        (("history", "--limit", "many", "--json"), "storesync history --help"),
        (("disconnect", "--json"), "storesync disconnect --help"),
        (("db", "rebuild", "--nonsense", "--json"), "storesync db rebuild --help"),
    ],
)
def test_words_that_make_no_sense_are_an_error_in_json_too(program, words, hint):
    """A script that asks for JSON always gets it, with exit 2 and nothing on stderr."""
    answer = program(*words)

    assert (answer.code, answer.stderr, answer.json["exit_code"]) == (2, "", 2)
    assert answer.json["error"]["code"] == "usage"
    assert answer.json["error"]["hint"].endswith(hint.partition(" ")[2])


def test_without_json_they_are_told_as_ever(program):
    """On stderr, with how the command is called."""
    answer = program("status", "--nonsense")

    assert (answer.code, answer.stdout) == (2, "")
    assert "--nonsense" in answer.stderr


def test_the_version_is_told(program):
    """One line."""
    assert program("--version").stdout == f"storesync {__version__}\n"
