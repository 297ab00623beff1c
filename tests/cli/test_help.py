"""The manual through the program: its list, its pages, the words in them, and the way to it."""

import os
import re
import sys

import pytest

from storesync.reports.manual import LIMIT, SUBJECTS, commands_in, load_pages, page_of, passages, search, without_links
from storesync.reports.terminal import console, markdown
from tests.kits.manual import COMMANDS, FOLDER, LEAVES, PAGES, ROOT_COMMAND
from tests.kits.terminals import OURS, Terminal, on_a_terminal

COLUMNS = 80
PAGE = page_of("page", "# Page\n\nOne sentence.\n\n## Part\n\nÑandú and *lease*.\n\n* one\n* two\n  lines\n")
GROUPS = sorted(name for name, command in COMMANDS.items() if hasattr(command, "commands"))


def shown(*words):
    """Return the exit code and the lines that a terminal shows, without colours."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STORESYNC_")}
    environment |= {"COLUMNS": str(COLUMNS), "TERM": "xterm-256color"}
    code, text = on_a_terminal([sys.executable, "-m", "storesync", "help", *words], environment)
    return code, OURS.sub("", text).split("\n")


class TestSubjects:
    """`storesync help` alone."""

    def test_it_lists_every_subject_in_a_line(self, program):
        """With its sentence, in the order of who begins; how to go on is no part of the answer."""
        answer = program("help")

        assert answer.code == 0
        assert [line.split(None, 1) for line in answer.stdout.splitlines()] == [
            [page.subject, page.summary] for page in load_pages()
        ]
        assert max(map(len, answer.stdout.splitlines())) <= COLUMNS
        assert "storesync help SUBJECT" in answer.stderr

    def test_quietly_it_lists_them_alone(self, program):
        """Nothing on stderr."""
        assert program("--quiet", "help").stderr == ""

    def test_it_needs_neither_database_nor_home(self, program):
        """And makes none."""
        program.settings["STORESYNC_TIER_HIGH"] = "often"
        answer = program("help", "cron")

        assert answer.code == 0
        assert not program.home.exists()


class TestPage:
    """`storesync help SUBJECT`."""

    @pytest.mark.parametrize("subject", SUBJECTS)
    def test_a_pipe_gets_the_page_as_it_is(self, program, subject):
        """Byte for byte."""
        answer = program("help", subject)

        assert (answer.code, answer.stderr) == (0, "")
        assert answer.stdout.encode() == (FOLDER / f"{subject}.md").read_bytes()

    @pytest.mark.parametrize("name", ["sync", "export", "reconcile", "db", "help"])
    def test_a_command_is_a_subject(self, program, name):
        """Its part of the page of commands, and no other command's."""
        part = program("help", name).stdout

        assert part.startswith(f"## `storesync {name}")
        assert part.rstrip("\n") in PAGES["commands"]
        assert re.findall(r"^## ", part, re.MULTILINE) == ["## "]

    def test_a_command_below_another_is_a_subject(self, program):
        """In two words or joined by a hyphen; under a heading of the second level."""
        part = program("help", "db", "rekey").stdout

        assert part.startswith("## `storesync db rekey`\n")
        assert "--print-new" in part
        assert "db rebuild" not in part
        assert program("help", "db-rekey").stdout == part

    def test_a_comment_in_code_is_no_heading(self):
        """A command's part goes on behind it."""
        text = "## `storesync a`\n\n```sh\n# one\n## `storesync b`\n```\n\nend\n\n## `storesync c`\n"

        assert commands_in(text) == {
            "a": text.removesuffix("\n\n## `storesync c`\n") + "\n",
            "c": "## `storesync c`\n",
        }

    def test_a_command_that_is_called_like_a_page_is_found_as_well(self, program):
        """The page is first; the command's part has the page of commands named before it."""
        assert program("help", "search").stdout == PAGES["search"]
        assert program("help", "commands", "search").stdout.startswith("## `storesync search WORDS`\n")

    @pytest.mark.parametrize("words", [("Exit-Codes",), ("exit_codes",), ("exit", "codes"), ("exit-codes.md",)])
    def test_how_a_subject_is_written_does_not_matter(self, program, words):
        """Case, and what joins its words; the name of a page's file, as links have it."""
        assert program("help", *words).stdout == PAGES["exit-codes"]

    @pytest.mark.parametrize(
        ("typed", "nearest"), [("conect", "connect"), ("setings", "settings"), ("synk", "sync"), ("bakup", "db backup")]
    )
    def test_an_unknown_subject_is_a_mistake(self, program, typed, nearest):
        """One line that names the nearest ones, and how to see all; exit 2."""
        answer = program("help", typed)
        line, hint, *more = answer.stderr.splitlines()

        assert (answer.code, answer.stdout, more) == (2, "", [])
        assert line.startswith(f"storesync: the manual has no subject '{typed}'; nearest: ")
        assert nearest in line.partition("nearest: ")[2].split(", ")
        assert "storesync help" in hint

    def test_nothing_is_near_what_is_far_from_all(self, program):
        """None is named then."""
        answer = program("help", "zzzzqqqq")

        assert answer.code == 2
        assert answer.stderr.startswith("storesync: the manual has no subject 'zzzzqqqq'\n")


class TestTerminal:
    """A page where somebody looks."""

    @pytest.fixture
    def laid_out(self, monkeypatch):
        """Lay a page out for 80 columns, as the command does; return its lines without colours."""

        def lay_out(subject, columns=COLUMNS):
            monkeypatch.setenv("COLUMNS", str(columns))
            screen = Terminal()
            console(file=screen).print(markdown(without_links(PAGES[subject], LEAVES)))
            return OURS.sub("", screen.getvalue()).split("\n")

        return lay_out

    @pytest.mark.parametrize("subject", SUBJECTS)
    def test_a_page_fits_a_terminal_of_80_columns(self, laid_out, subject):
        """No line is longer, no mark of Markdown is left, and no cell of a table is cut short."""
        lines = laid_out(subject)
        text = "\n".join(lines)

        assert max(map(len, lines)) <= COLUMNS
        assert "](" not in text
        assert not re.search(r"^ *(#+ |```|\|)", text, re.MULTILINE)
        assert text.count("…") == PAGES[subject].count("…")

    @pytest.mark.parametrize("subject", ["settings", "exit-codes", "commands"])
    def test_no_name_in_a_table_is_broken(self, laid_out, subject):
        """Every option, setting and error code stands on one line."""
        there = set(re.findall(r"[\w-]+", "\n".join(laid_out(subject))))

        assert set(re.findall(r"`([A-Za-z_-]+)`", PAGES[subject])) <= there

    def test_the_command_lays_a_page_out(self, laid_out):
        """The same lines on a terminal of its own."""
        code, lines = shown("connect")

        assert code == 0
        assert lines == laid_out("connect")

    def test_without_colours_none_are_sent(self):
        """With --no-color before the command."""
        command = [sys.executable, "-m", "storesync", "--no-color", "help", "cron"]
        _, text = on_a_terminal(command, {**os.environ, "COLUMNS": str(COLUMNS), "TERM": "xterm-256color"})

        assert not re.search("\x1b\\[[0-9;]*3[0-7]", text)

    def test_code_has_no_box_around_it(self, monkeypatch):
        """Which would be black on a light terminal."""
        monkeypatch.setenv("TERM", "xterm-256color")
        screen = Terminal()
        console(file=screen).print(markdown("`cron`\n\n```sh\nstoresync cron install\n```"))

        assert "cron" in screen.getvalue()
        assert not re.search("\x1b\\[(?:[0-9;]*;)?4[0-8]", screen.getvalue())

    def test_it_is_laid_out_for_the_width_there_is(self, laid_out):
        """A wider terminal takes fewer lines."""
        assert len(laid_out("decisions", columns=120)) < len(laid_out("decisions"))

    def test_a_link_becomes_what_can_be_typed(self):
        """To a page, or to one command's part of the page of commands; addresses stay addresses."""
        text = "See [cron](cron.md#who-is-due), [it](commands.md#storesync-db-backup-file), [web](https://example.com)."

        assert without_links(text, LEAVES) == (
            "See cron (`storesync help cron`), it (`storesync help commands db backup`), [web](https://example.com)."
        )


class TestSearch:
    """`storesync help --search`."""

    def test_no_words_are_a_mistake(self, program):
        """One line and an example; exit 2."""
        answer = program("help", "--search", " ")

        assert (answer.code, answer.stdout) == (2, "")
        assert answer.stderr.splitlines() == [
            "storesync: --search wants words",
            "  for example: storesync help --search 'refresh token'",
        ]

    def test_it_finds_the_paragraph_with_all_words(self, program):
        """Under a line that says where it stands."""
        answer = program("help", "--search", "flock lease")

        assert (answer.code, answer.stderr) == (0, "")
        assert answer.stdout.startswith("cron: Minutes that overlap\nA minute in which nothing is due")
        assert answer.stdout.count("\n") == 2

    def test_it_finds_a_row_of_a_table(self, program):
        """Alone, without the rows around it."""
        answer = program("help", "--search", "--confirm held")
        rows = [line for line in answer.stdout.splitlines() if line.startswith("`--confirm`")]

        assert rows == ["`--confirm` | apply the deletions that are held"]
        assert "commands: storesync reconcile [STORE…]" in answer.stdout

    def test_words_need_no_quotes(self, program):
        """What follows belongs to them."""
        quoted, bare = program("help", "--search", "token refresh"), program("help", "--search", "token", "refresh")

        assert quoted == bare

    def test_case_and_accents_do_not_matter(self):
        """Neither in what is looked for nor in what is there."""
        assert search([PAGE], "NANDU") == search([PAGE], "ñandú") == [one for one in passages(PAGE) if "Ñ" in one.text]

    def test_each_block_is_a_passage_of_its_own(self):
        """Paragraphs, list items with all of their lines, rows, and blocks of code, under their heading."""
        text = (
            f"{PAGE.text}\n| a | b |\n|---|---|\n| c | d |\n| e | f |\n\n### `Code`\n\n```sh\n# no\n\n| heading\n```\n"
        )
        found = [(one.heading, one.text) for one in passages(page_of("page", text))]

        assert found == [
            ("Page", "One sentence."),
            ("Part", "Ñandú and *lease*."),
            ("Part", "* one"),
            ("Part", "* two\n  lines"),
            ("Part", "c | d"),
            ("Part", "e | f"),
            ("Code", "```sh\n# no\n\n| heading\n```"),
        ]

    def test_the_best_passages_come_first(self):
        """Words in the heading, then whole words, then short ones."""
        texts = ("the leases of all", "a lease that is long", "a lease")
        page = page_of("p", "# P\n\nS.\n\n" + "\n\n".join(texts) + "\n\n## Lease\n\nall about leases here\n")

        assert [one.text for one in search([page], "lease")] == [
            "all about leases here",
            "a lease",
            "a lease that is long",
            "the leases of all",
        ]

    def test_it_shows_no_more_than_can_be_read(self, program):
        """However many there are."""
        answer = program("help", "--search", "the")

        assert len(re.findall(rf"^(?:{'|'.join(SUBJECTS)}): ", answer.stdout, re.MULTILINE)) == LIMIT

    @pytest.mark.parametrize("words", ["zzzqqq", "flock zzzqqq"])
    def test_nothing_found_is_said(self, program, words):
        """On stderr, with exit 0, as `storesync search` does."""
        answer = program("help", "--search", words)

        assert (answer.code, answer.stdout) == (0, "")
        assert len(answer.stderr.splitlines()) == 1
        assert answer.stderr.startswith("The manual has no paragraph with all of these words.")

    def test_on_a_terminal_it_is_laid_out_too(self):
        """The same passage, in lines that fit."""
        code, lines = shown("--search", "flock lease")

        assert code == 0
        assert lines[0] == "cron: Minutes that overlap"
        assert len(lines) > 2
        assert max(map(len, lines)) <= COLUMNS


class TestWay:
    """Every command's help says where there is more."""

    @pytest.mark.parametrize("path", [*(path for path in LEAVES if path != "help"), *GROUPS])
    def test_the_help_of_a_command_ends_with_its_subject(self, program, path):
        """In its last line; that subject is there."""
        last = program(*path.split(), "--help").stdout.rstrip().splitlines()[-1]
        subject = re.fullmatch(r" *More: storesync help ([a-z-]+)", last)

        assert subject, last
        assert program("help", subject[1]).code == 0
        assert subject[1] in {*SUBJECTS, *GROUPS}

    def test_the_help_of_the_program_ends_with_the_manual(self, program):
        """And lists the command that reads it."""
        told = program("--help").stdout

        assert told.rstrip().endswith("storesync help")
        assert re.search(r"^  help ", told, re.MULTILINE)

    @pytest.mark.parametrize("path", LEAVES)
    def test_the_help_of_every_command_holds_an_example(self, path):
        """One that begins with the command itself and has no option that it lacks."""
        told = (LEAVES[path].epilog or "").partition("\n\nMore: ")[0]
        examples = re.findall(r"storesync [a-z][^;\n]*", told)
        options = {word for option in LEAVES[path].params for word in option.opts}

        assert examples
        assert all(f"{example} ".startswith(f"storesync {path} ") for example in examples)
        assert {word for example in examples for word in re.findall(r"--[a-z-]+", example)} <= options

    def test_what_a_person_reads_first_names_it(self):
        """The program's own help."""
        assert "storesync help" in ROOT_COMMAND.epilog
