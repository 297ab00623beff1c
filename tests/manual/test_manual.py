"""What the manual says is what the program does."""

import json
import re
import subprocess

import jsonschema
import pytest

from storesync import errors
from storesync.reports.manual import SUBJECTS, load_pages
from storesync.reports.words import STATES
from storesync.runtime.settings import SETTINGS
from storesync.storage.views import VIEWS
from storesync.tables import BOOKKEEPING, LEADING, RESOURCES, TABLES, TRAILING
from tests.kits.manual import (
    COMMANDS,
    FOLDER,
    HELP,
    LEAVES,
    PAGES,
    README,
    ROOT,
    ROOT_COMMAND,
    anchors,
    blocks,
    calls,
    cells,
    columns_of,
    links,
    names_of,
    options_of,
    parse,
    quoted,
    section,
)
from tests.kits.samples import TESTS

ALL = "\n".join(PAGES.values())
SCHEMA = ROOT / "storesync" / "status.schema.json"
LINE_OF_A_LIST = 80
RESULTS = sorted(TESTS.glob("golden/*.json"))


class TestPages:
    """Each begins in the same way, and leads only where something is."""

    def test_every_page_is_a_subject(self):
        """And every subject a page."""
        assert sorted(file.stem for file in FOLDER.iterdir()) == sorted(SUBJECTS)
        assert all(file.suffix == ".md" for file in FOLDER.iterdir())

    @pytest.mark.parametrize("page", load_pages(), ids=lambda page: page.subject)
    def test_every_page_begins_with_a_title_and_one_sentence(self, page):
        """Which fits into the list of subjects on a terminal; a blank line follows."""
        title, blank, sentence, another, rest = page.text.split("\n", 4)

        assert (title, blank, another) == (f"# {page.title}", "", "")
        assert sentence == page.summary
        assert re.fullmatch(r"[A-Z][^.!?`\[]+\.", sentence)
        assert len(max(SUBJECTS, key=len)) + 2 + len(sentence) <= LINE_OF_A_LIST
        assert rest.strip()

    @pytest.mark.parametrize("subject", SUBJECTS)
    def test_the_links_of_a_page_lead_to_pages(self, subject):
        """To a heading that is there, where they name one; a page that is installed knows no other files."""
        for target in links(PAGES[subject]):
            name, _, anchor = target.partition("#")
            assert re.fullmatch(r"[a-z-]+\.md|", name), target
            page = PAGES[name.removesuffix(".md") if name else subject]
            assert not anchor or anchor in anchors(page), target

    @pytest.mark.parametrize("subject", SUBJECTS)
    def test_no_two_headings_of_a_page_are_the_same(self, subject):
        """Or nobody could name the second."""
        found = anchors(PAGES[subject])

        assert len(found) == len(set(found))


class TestCommands:
    """Commands and options, on the page of commands and wherever they are named."""

    @pytest.mark.parametrize("name", sorted(COMMANDS))
    def test_every_command_has_help_and_a_part_of_its_own(self, name):
        """A command says what it does, in --help and under a heading."""
        assert COMMANDS[name].help or COMMANDS[name].commands
        assert re.search(rf"^## `storesync {name}\b", PAGES["commands"], re.MULTILINE)

    @pytest.mark.parametrize("path", LEAVES)
    def test_every_option_has_help_and_a_row(self, path):
        """The part of a command lists exactly the options it has, each once, and --help explains each."""
        part = section(PAGES["commands"], f"`storesync {path}")
        told = [word for row in cells(part) for word in re.findall(r"`(--?[a-z-]+)", row[0])]

        assert all(option.help for option in options_of(LEAVES[path]))
        assert names_of(LEAVES[path]) == set(told)
        assert all(row[1] for row in cells(part) if row[0].startswith("`"))

    @pytest.mark.parametrize("path", LEAVES)
    def test_the_heading_of_a_command_names_its_arguments(self, path):
        """In order, those that may be left out in brackets."""
        heading = re.search(rf"^#+ `storesync {path}\b ?(.*)`$", PAGES["commands"], re.MULTILINE)
        arguments = [one for one in LEAVES[path].params if one.param_type_name == "argument"]

        assert heading
        assert len(re.findall(r"\[?[A-Z|]+…?\]?", heading[1])) == len(arguments)
        assert heading[1].count("[") == sum(not one.required for one in arguments)

    def test_no_part_is_about_a_command_that_does_not_exist(self):
        """A command that was removed leaves the page as well."""
        told = re.findall(r"^#+ `storesync ([a-z-]+(?: [a-z]+)?)\b", PAGES["commands"], re.MULTILINE)

        assert sorted(told) == sorted({*COMMANDS, *LEAVES})

    def test_every_option_before_the_command_is_in_the_manual(self):
        """The options of the program itself are listed too."""
        rows = cells(section(PAGES["commands"], "Before the command"))
        told = {word for row in rows for word in re.findall(r"`(--?[a-z-]+)", row[0])} - HELP

        assert {word for option in options_of(ROOT_COMMAND) for word in option.opts} == told

    @pytest.mark.parametrize("subject", SUBJECTS)
    def test_every_call_in_a_block_is_one_that_the_program_takes(self, subject):
        """Command, arguments and options, read by the program's own command line."""
        shown = re.findall(
            r"^ *((?:\$ )?\S*storesync [a-z-].*)$", "\n".join(blocks(PAGES[subject], "text")), re.MULTILINE
        )
        for block in (*blocks(PAGES[subject], "sh"), *shown):
            for call in calls(block):
                parse(call)

    @pytest.mark.parametrize("subject", SUBJECTS)
    def test_every_block_of_shell_is_shell(self, subject):
        """As bash reads it."""
        for block in blocks(PAGES[subject], "sh"):
            done = subprocess.run(["bash", "-n"], input=block, text=True, capture_output=True, check=False)
            assert (done.returncode, done.stderr) == (0, ""), block

    @pytest.mark.parametrize("subject", SUBJECTS)
    def test_every_command_in_a_sentence_exists_with_its_options(self, subject):
        """Whether the program's name stands before it or not; an option alone is one of some command."""
        every = {word for command in LEAVES.values() for word in names_of(command)} | names_of(ROOT_COMMAND) | HELP
        for code in quoted(PAGES[subject]):
            words = code.removeprefix("storesync ").split()
            path = " ".join(words[:2]) if words[0] in {"db", "cron"} else words[0]
            is_call = code.startswith("storesync ") or (words[0] in COMMANDS and "--" in code)
            if is_call and words[0] != "[before]":
                assert path in {*LEAVES, *COMMANDS}, code
            known = names_of(LEAVES[path]) if is_call and path in LEAVES else every
            assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", code)) <= known | HELP, code


class TestSettings:
    """Names, defaults and meanings."""

    @pytest.mark.parametrize("setting", SETTINGS.values(), ids=lambda setting: setting.name)
    def test_every_setting_is_in_the_manual_with_its_default(self, setting):
        """One line for each: name, default, meaning."""
        found = re.findall(rf"^\* `{setting.name}` = (\(empty\)|`[^`]+`): (.+)$", PAGES["settings"], re.MULTILINE)

        assert len(found) == 1
        assert found[0][0] == (f"`{setting.default}`" if setting.default else "(empty)")
        assert len(re.findall(rf"`{setting.name}` =", PAGES["settings"])) == 1

    def test_the_manual_names_no_setting_that_does_not_exist(self):
        """A setting that was removed leaves the manual as well."""
        told = set(re.findall(r"STORESYNC_[A-Z_]+[A-Z]", ALL + README))

        assert told <= {setting.name for setting in SETTINGS.values()} | {"STORESYNC_HOME", "STORESYNC_TOKEN"}


class TestDatabase:
    """Tables, columns, views, and the SQL that asks them."""

    @pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
    def test_every_data_table_is_in_the_manual_with_its_columns(self, table):
        """With kinds, in order, personal data marked."""
        promised = [f"{column.name}{'†' if column.personal else ''} {column.kind}" for column in table.columns]

        assert promised == columns_of(table.name)

    def test_nothing_else_is_described(self):
        """A table or view that was removed leaves the manual as well."""
        told = re.findall(r"^### ([a-z_]+)$", PAGES["database"], re.MULTILINE)

        assert sorted(told) == sorted([*TABLES, *VIEWS, "currencies", *BOOKKEEPING])

    def test_the_columns_of_all_data_tables_are_in_the_manual(self):
        """What each table begins and ends with, and every resource, is said."""
        opening = PAGES["database"].partition("### products")[0]

        assert all(f"`{name}`" in opening for name in (*LEADING, *TRAILING))
        assert all(f"`{name}`" in section(PAGES["commands"], "`storesync connect") for name in RESOURCES)

    def test_every_kind_of_column_is_explained(self):
        """By the letter that stands behind the column."""
        kinds = {column.split()[-1] for table in (*TABLES, *VIEWS, *BOOKKEEPING) for column in columns_of(table)}

        assert kinds == {row[0] for row in cells(section(PAGES["database"], "How to read"))[2:]}

    @pytest.mark.parametrize("table", BOOKKEEPING)
    def test_every_bookkeeping_column_in_the_manual_exists(self, program, tiendanube, table):
        """The columns that may be read of the bookkeeping are there, and are those that are written out."""
        program.connect(tiendanube.platform, tiendanube.key, "--no-sync")
        there = {name for (name,) in program.sql("SELECT name FROM pragma_table_info(?)", table)}
        told = [column.split()[0].removesuffix("†") for column in columns_of(table)]

        assert set(told) <= there
        assert tuple(told) == BOOKKEEPING[table]

    @pytest.mark.parametrize("view", [*VIEWS, "currencies"])
    def test_every_view_is_in_the_manual_with_its_columns(self, program, tiendanube, view):
        """In order; an example question and its SQL stand below."""
        program.connect(tiendanube.platform, tiendanube.key, "--no-sync")
        there = [name for (name,) in program.sql("SELECT name FROM pragma_table_info(?)", view)]
        below = section(section(PAGES["database"], "Views"), view)

        assert [column.split()[0] for column in columns_of(view)] == there
        assert view == "currencies" or re.search(rf"\n\*.+\?\*\n\n```sql\nSELECT .+\sFROM {view}\b", below, re.DOTALL)

    def test_the_manual_shows_queries_that_work(self, program, tiendanube):
        """Each SQL example runs and answers."""
        program.connect(tiendanube.platform, tiendanube.key)
        tiendanube.remove("orders", next(iter(tiendanube.resources["orders"])))
        program("reconcile", tiendanube.key)
        queries = [query for query in blocks(ALL, "sql") if query.startswith("SELECT")]

        assert len(queries) > len(VIEWS)
        assert all(program.sql(query) for query in queries)


class TestExitCodes:
    """The codes of processes and of errors."""

    def test_the_exit_codes_of_all_errors_are_in_the_manual(self):
        """Each error class has its code and its exit code in the table, and nothing else is there."""
        classes = [one for one in vars(errors).values() if isinstance(one, type) and "code" in vars(one)]
        raised = {(one.code, str(one.exit_code)) for one in classes if issubclass(one, errors.StoresyncError)}
        general, _, rest = PAGES["exit-codes"].partition("\n## ")
        rows = [row for row in cells(section("## " + rest, "Error codes")) if re.fullmatch(r"`[a-z_]+`", row[0])]
        codes = {code for row in cells(general) for code in re.findall(r"\d+", row[0])}

        assert raised == {(row[0].strip("`"), row[1]) for row in rows}
        assert len(rows) == len(raised)
        assert {exit_code for _, exit_code in raised} <= codes

    def test_the_exit_codes_of_a_monitor_are_in_the_manual(self):
        """Each that `status --check` may end with is one of all codes."""
        general = {code for row in cells(PAGES["exit-codes"]) for code in re.findall(r"\d+", row[0])}
        told = [row[0] for row in cells(section(PAGES["exit-codes"], "`status --check`"))[2:]]

        assert told == ["0", "3", "4", "5", "10"]
        assert set(told) <= general


class TestJson:
    """The examples, and the fields of answers."""

    def test_the_examples_are_json(self):
        """What stands in a block of JSON can be read as such."""
        found = blocks(ALL, "json")

        assert len(found) > 1
        assert all(json.loads(block)["schema_version"] == 1 for block in found)

    @pytest.mark.parametrize("answer", RESULTS, ids=lambda file: file.stem)
    def test_every_field_of_an_answer_is_in_the_manual(self, answer):
        """Whatever a command answers under --json, at whatever depth."""
        page = PAGES["json"] + section(PAGES["database"], "Bookkeeping")
        told = set(re.findall(r"[a-z_0-9]+", page))

        assert fields(json.loads(answer.read_text(encoding="utf-8"))) <= told

    def test_the_status_example_is_what_status_answers(self, program, tiendanube):
        """The example validates against the schema, and its fields are those of a real answer."""
        example = json.loads(blocks(section(PAGES["json"], "`status --json`"), "json")[0])
        program.connect(tiendanube.platform, tiendanube.key)
        answer = program("status", "--json").json

        jsonschema.validate(example, json.loads(SCHEMA.read_text(encoding="utf-8")))
        assert list(answer) == list(example)
        assert set(answer["scheduler"]) == set(example["scheduler"])
        assert set(answer["targets"]) == set(example["targets"])
        assert set(answer["stores"][0]) == set(example["stores"][0])
        assert set(answer["stores"][0]["resources"]["orders"]) == set(example["stores"][0]["resources"]["orders"])

    @pytest.mark.parametrize(
        ("title", "words"), [("`sync`, `reconcile`", ("sync", "--all")), ("`db rebuild", ("db", "rebuild"))]
    )
    def test_an_example_of_work_is_what_the_command_answers(self, program, tiendanube, title, words):
        """The example of a store's result has the fields of a real one."""
        example = json.loads(blocks(section(PAGES["json"], title), "json")[0])
        program.connect(tiendanube.platform, tiendanube.key)
        answer = program(*words, "--json").json

        assert set(answer) == set(example)
        assert set(answer["stores"][0]) == set(example["stores"][0])
        assert set(answer["stores"][0]["resources"]["orders"]) == set(example["stores"][0]["resources"]["orders"])

    def test_the_example_of_tombstones_is_what_reconcile_answers(self, program, tiendanube):
        """The fields beside the common ones too."""
        example = json.loads(blocks(section(PAGES["json"], "`sync`, `reconcile`"), "json")[1])
        program.connect(tiendanube.platform, tiendanube.key)
        tiendanube.remove("orders", next(iter(tiendanube.resources["orders"])))
        program("reconcile", tiendanube.key)
        answer = program("reconcile", tiendanube.key, "--undelete", "all", "--json").json

        assert set(answer) == set(example)
        assert set(answer["tombstones"][0]) == set(example["tombstones"][0])


def fields(answer, below=""):
    """Return the names of all fields of *answer*; the names of stores' resources and of tables are no fields."""
    if isinstance(answer, list):
        return {name for one in answer for name in fields(one)}
    if not isinstance(answer, dict):
        return set()
    own = set() if below in {"resources", "tables"} else set(answer)
    return own.union(*(fields(value, name) for name, value in answer.items()))


class TestStatus:
    """What `status` shows."""

    @pytest.mark.parametrize("name", ["status-80.txt", "status-store.txt"])
    def test_the_manual_shows_the_status_as_it_is(self, name):
        """The tables are the golden ones, and fit a terminal of 80 columns."""
        shown = "\n".join(line.rstrip() for line in (TESTS / "golden" / name).read_text(encoding="utf-8").splitlines())

        assert shown in PAGES["status"]

    def test_every_state_is_explained(self):
        """By the word that the table has for it."""
        told = [row[0].strip("*") for row in cells(PAGES["status"])[2:]]

        assert sorted(told) == sorted(word for word, _ in STATES.values())

    def test_every_verdict_is_in_the_manual(self):
        """Each verdict that the schema knows has a row that says what to do."""
        verdicts = json.loads(SCHEMA.read_text(encoding="utf-8"))["$defs"]["resource"]["properties"]["verdict"]["enum"]
        rows = [row for row in cells(section(PAGES["decisions"], "Verdicts")) if row[0].startswith("`")]

        assert verdicts == [row[0].strip("`") for row in rows]
        assert all(row[1] and row[2] for row in rows)
