"""What the documents say is what the program does."""

import json
import re
from pathlib import Path

import jsonschema
import pytest
import typer
from samples import HERE

from storesync import errors
from storesync.cli import app
from storesync.runtime.settings import SETTINGS, load_settings
from storesync.storage.views import VIEWS
from storesync.tables import BOOKKEEPING, LEADING, RESOURCES, TABLES, TRAILING

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CRONTAB = (ROOT / "crontab.example").read_text(encoding="utf-8")
ENV_EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
SCHEMA = ROOT / "storesync" / "status.schema.json"
DOCUMENTS = (
    "README.md",
    "CHANGELOG.md",
    ".env.example",
    "crontab.example",
    ".pre-commit-config.yaml",
    ".github/CONTRIBUTING.md",
    ".github/SECURITY.md",
)
NOT_OURS = re.compile(r"\b(sessions?|briefs?|issue #?\d+|pypi|workspace)\b", re.IGNORECASE)
PLACES = ("usr", "opt", "etc", "bin", "path", "tmp/storesync-demo-")

ROOT_COMMAND = typer.main.get_command(app)
COMMANDS = ROOT_COMMAND.commands


def options_of(command) -> list:
    """Return the options of a command, without ``--help``, or those of all commands in a group."""
    if hasattr(command, "commands"):
        return [option for one in command.commands.values() for option in options_of(one)]
    return [one for one in command.params if one.param_type_name == "option"]


def section(title: str) -> str:
    """Return the text of the README's section *title*, up to the next one of its level or above."""
    level = re.search(rf"^(#+) .*{re.escape(title)}", README, re.MULTILINE)
    assert level, title
    rest = README[level.end() :]
    end = re.search(rf"^#{{1,{len(level[1])}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


def cells(text: str) -> list[list[str]]:
    """Return the rows of all Markdown tables in *text*."""
    rows = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def columns_of(table: str) -> list[str]:
    """Return the columns that the README names for *table*."""
    found = re.search(rf"^\*\*{table}\*\*: .+\n\n> (.+)$", README, re.MULTILINE)
    assert found, f"the README does not describe {table}"
    return found[1].split(", ")


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_help_and_a_place_in_the_readme(name):
    """A command says what it does, in --help and under a heading of its own."""
    assert COMMANDS[name].help
    assert re.search(rf"^### `storesync {name}\b", README, re.MULTILINE)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_option_has_help_and_a_place_in_the_readme(name):
    """The README lists exactly the options that a command has, and --help explains each."""
    options = options_of(COMMANDS[name])
    told = {word for row in cells(section(f"`storesync {name}")) for word in re.findall(r"`(--[a-z-]+)", row[0])}

    assert all(option.help for option in options)
    assert {word for option in options for word in (*option.opts, *option.secondary_opts)} == told


def leaves(command, path=("storesync",)):
    """Yield every command that does something, with the words that call it."""
    for name, below in getattr(command, "commands", {}).items():
        yield from leaves(below, (*path, name))
    if not hasattr(command, "commands"):
        yield pytest.param(command, " ".join(path), id="-".join(path[1:]))


@pytest.mark.parametrize(("command", "path"), list(leaves(ROOT_COMMAND)))
def test_the_help_of_every_command_ends_in_an_example(command, path):
    """One that begins with the command itself and has no option that it lacks."""
    examples = re.findall(r"storesync [a-z][^;\n]*", command.epilog or "")
    options = {word for option in options_of(command) for word in option.opts}

    assert examples
    assert all(f"{example} ".startswith(f"{path} ") for example in examples)
    assert {word for example in examples for word in re.findall(r"--[a-z-]+", example)} <= options


def test_every_option_before_the_command_is_in_the_readme():
    """The options of the program itself are listed too."""
    rows = cells(section("Commands").partition("###")[0])
    told = {word for row in rows for word in re.findall(r"`(--?[a-z-]+)", row[0])} - {"--help"}
    options = [one for one in ROOT_COMMAND.params if one.param_type_name == "option"]

    assert {word for option in options for word in option.opts} == told


def test_the_readme_shows_no_command_that_does_not_exist():
    """Whatever follows the program's name in a line to type is one of its commands."""
    blocks = "\n".join(re.findall(r"```(?:sh|text)\n(.+?)\n```", README, re.DOTALL))
    lines = re.findall(r"^(?:\$ )?storesync ([a-z-]+)", blocks, re.MULTILINE)
    lines += re.findall(r"`storesync ([a-z][a-z-]*)", README)

    assert lines
    assert set(lines) <= set(COMMANDS)


@pytest.mark.parametrize("setting", SETTINGS.values(), ids=lambda setting: setting.name)
def test_every_setting_is_in_the_readme_with_its_default(setting):
    """One row for each setting: name, default, meaning."""
    rows = [row for row in cells(section("Settings")) if row[0] == f"`{setting.name}`"]

    assert len(rows) == 1
    assert rows[0][1] == (f"`{setting.default}`" if setting.default else "(empty)")
    assert rows[0][2]


def test_the_readme_lists_no_setting_that_does_not_exist():
    """A setting that was removed leaves the README as well."""
    told = set(re.findall(r"STORESYNC_[A-Z_]+[A-Z]", README + ENV_EXAMPLE))

    assert told <= {setting.name for setting in SETTINGS.values()} | {"STORESYNC_HOME", "STORESYNC_TOKEN"}


def test_the_settings_example_holds_every_setting_with_its_default():
    """.env.example has each setting once, commented out, with its default and its meaning above it."""
    told = re.findall(r"^# .+\n#(STORESYNC_[A-Z_]+)=(.*)$", ENV_EXAMPLE, re.MULTILINE)

    assert sorted(told) == sorted((setting.name, setting.default) for setting in SETTINGS.values())


def test_the_settings_example_changes_nothing(tmp_path):
    """With all of its lines uncommented the settings are the defaults."""
    file = tmp_path / "all.env"
    file.write_text(re.sub(r"^#(?=STORESYNC_)", "", ENV_EXAMPLE, flags=re.MULTILINE), encoding="utf-8")
    given, default = load_settings({}, home=tmp_path, env_file=file), load_settings({}, home=tmp_path)

    assert [getattr(given, name) for name in SETTINGS] == [getattr(default, name) for name in SETTINGS]


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_every_data_table_is_in_the_readme_with_its_columns(table):
    """The README names the columns of each promised table, with kinds, in order, personal data marked."""
    promised = [f"{column.name}{'†' if column.personal else ''} {column.kind}" for column in table.columns]

    assert promised == columns_of(table.name)


def test_the_columns_of_all_data_tables_are_in_the_readme():
    """What each table begins and ends with, and every resource, is said."""
    opening = section("Database").partition("**products**")[0]

    assert all(f"`{name}`" in opening for name in (*LEADING, *TRAILING))
    assert all(f"`{name}`" in README for name in RESOURCES)


@pytest.mark.parametrize("table", BOOKKEEPING)
def test_every_bookkeeping_column_in_the_readme_exists(program, tiendanube, table):
    """The columns that may be read of the bookkeeping are there, and are those that are written out."""
    program.connect(tiendanube.platform, tiendanube.key, "--no-sync")
    there = {name for (name,) in program.sql("SELECT name FROM pragma_table_info(?)", table)}
    told = [column.split()[0].removesuffix("†") for column in columns_of(table)]

    assert set(told) <= there
    assert tuple(told) == BOOKKEEPING[table]


@pytest.mark.parametrize("view", [*VIEWS, "currencies"])
def test_every_view_is_in_the_readme_with_its_columns(program, tiendanube, view):
    """In order; an example question and its SQL stand below."""
    program.connect(tiendanube.platform, tiendanube.key, "--no-sync")
    there = [name for (name,) in program.sql("SELECT name FROM pragma_table_info(?)", view)]
    below = section("Views").partition(f"**{view}**")[2].partition("\n**")[0]

    assert [column.split()[0] for column in columns_of(view)] == there
    assert view == "currencies" or re.search(rf"\n\*.+\?\*\n\n```sql\nSELECT .+\sFROM {view}\b", below, re.DOTALL)


def test_the_readme_shows_queries_that_work(program, tiendanube):
    """Each SQL example runs and answers."""
    program.connect(tiendanube.platform, tiendanube.key)
    tiendanube.remove("orders", next(iter(tiendanube.resources["orders"])))
    program("reconcile", tiendanube.key)
    queries = re.findall(r"```sql\n(SELECT.+?;)\n```", README, re.DOTALL)

    assert len(queries) > 1
    assert all(program.sql(query) for query in queries)


def test_the_crontab_has_one_line_that_cron_takes():
    """Five fields, an absolute path, the command that exists."""
    lines = [line for line in CRONTAB.splitlines() if line and not line.startswith("#")]
    jobs = [line.split() for line in lines if not re.match(r"[A-Z]+=", line)]

    assert jobs == [["*", "*", "*", "*", "*", "/usr/local/bin/storesync", "sync-due"]]
    assert " ".join(jobs[0]) in README


def test_the_crontab_says_what_cron_does_not_know():
    """PATH is set, MAILTO waits to be; the log, the silence and flock are explained."""
    assert re.search(r"^PATH=/", CRONTAB, re.MULTILINE)
    assert re.search(r"^#MAILTO=", CRONTAB, re.MULTILINE)
    assert all(word in CRONTAB for word in ("storesync.log", "flock", "--env-file"))


def test_the_exit_codes_of_all_errors_are_in_the_readme():
    """Each error class has its code and its exit code in the table, and nothing else is there."""
    classes = [one for one in vars(errors).values() if isinstance(one, type) and "code" in vars(one)]
    raised = {(one.code, str(one.exit_code)) for one in classes if issubclass(one, errors.StoresyncError)}
    rows = [row for row in cells(section("Exit codes")) if re.fullmatch(r"`[a-z_]+`", row[0])]
    general = {code for row in cells(section("Exit codes")) for code in re.findall(r"\d+", row[0])}

    assert raised == {(row[0].strip("`"), row[1]) for row in rows}
    assert {exit_code for _, exit_code in raised} <= general


@pytest.mark.parametrize("name", ["status-200.txt", "status-store.txt"])
def test_the_readme_shows_the_status_as_it_is(name):
    """The tables in the README are the golden ones."""
    shown = "\n".join(line.rstrip() for line in (HERE / "golden" / name).read_text(encoding="utf-8").splitlines())

    assert shown in README


def test_the_json_examples_are_json():
    """What stands in a block of JSON can be read as such."""
    blocks = re.findall(r"```json\n(.+?)\n```", README, re.DOTALL)

    assert len(blocks) > 1
    assert all(json.loads(block)["schema_version"] == 1 for block in blocks)


@pytest.mark.skipif(not SCHEMA.exists(), reason="the schema of status is not there yet")
def test_the_status_example_is_what_status_answers(program, tiendanube):
    """The example validates against the schema, and its fields are those of a real answer."""
    example = json.loads(re.findall(r"```json\n(.+?)\n```", section("JSON"), re.DOTALL)[0])
    program.connect(tiendanube.platform, tiendanube.key)
    answer = program("status", "--json").json

    jsonschema.validate(example, json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert list(answer) == list(example)
    assert set(answer["scheduler"]) == set(example["scheduler"])
    assert set(answer["targets"]) == set(example["targets"])
    assert set(answer["stores"][0]) == set(example["stores"][0])
    assert set(answer["stores"][0]["resources"]["orders"]) == set(example["stores"][0]["resources"]["orders"])


def test_the_sync_example_is_what_sync_answers(program, tiendanube):
    """The example of a store's result has the fields of a real one."""
    example = json.loads(re.findall(r"```json\n(.+?)\n```", section("JSON"), re.DOTALL)[1])
    program.connect(tiendanube.platform, tiendanube.key)
    answer = program("sync", "--all", "--json").json

    assert set(answer) == set(example)
    assert set(answer["stores"][0]) == set(example["stores"][0])
    assert set(answer["stores"][0]["resources"]["orders"]) == set(example["stores"][0]["resources"]["orders"])


def test_the_rebuild_example_is_what_rebuild_answers(program, tiendanube):
    """The example has the fields of a real answer."""
    example = json.loads(re.search(r"`db rebuild --json`.+?```json\n(.+?)\n```", README, re.DOTALL)[1])
    program.connect(tiendanube.platform, tiendanube.key)
    answer = program("db", "rebuild", "--json").json

    assert set(answer) == set(example)
    assert set(answer["stores"][0]) == set(example["stores"][0])
    assert set(answer["stores"][0]["resources"]["orders"]) == set(example["stores"][0]["resources"]["orders"])


def test_every_verdict_is_in_the_readme():
    """Each verdict that the schema knows has a row that says what to do."""
    verdicts = json.loads(SCHEMA.read_text(encoding="utf-8"))["$defs"]["resource"]["properties"]["verdict"]["enum"]

    assert verdicts == [row[0].strip("`") for row in cells(section("How it decides")) if row[0].startswith("`")]


def test_the_links_of_the_readme_lead_somewhere():
    """Files and headings that the README points to exist."""
    headings = re.findall(r"^#+ (.+)$", README, re.MULTILINE)
    anchors = {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}

    for target in re.findall(r"\]\((?!https://)([^)]+)\)", README):
        assert target[1:] in anchors if target.startswith("#") else (ROOT / target).is_file(), target


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_documents_speak_of_the_project_alone(document):
    """No word, place or number of whatever surrounds the project."""
    text = (ROOT / document).read_text(encoding="utf-8")
    places = re.findall(r"(?<![\w.:/~}<*+…)`-])/((?:[a-z]+/)?[a-z-]+)", re.sub(r"https?://\S+", "", text))

    assert NOT_OURS.findall(text) == []
    assert [place for place in places if not place.startswith(PLACES)] == []
