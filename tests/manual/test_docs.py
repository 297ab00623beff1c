"""The documents beside the manual and README: the examples, and what none may speak of."""

import re

import pytest

from storesync.runtime.settings import SETTINGS, load_settings
from tests.kits.manual import FOLDER, PAGES, ROOT

CRONTAB = (ROOT / "crontab.example").read_text(encoding="utf-8")
ENV_EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
DOCUMENTS = (
    "README.md",
    "CHANGELOG.md",
    ".env.example",
    "crontab.example",
    ".pre-commit-config.yaml",
    ".github/CONTRIBUTING.md",
    ".github/SECURITY.md",
    *sorted(str(file.relative_to(ROOT)) for file in FOLDER.glob("*.md")),
    "findings/README.md",
)
NOT_OURS = re.compile(r"\b(sessions?|briefs?|issue #?\d+|pypi|workspace)\b", re.IGNORECASE)
PLACES = ("usr", "opt", "etc", "bin", "path", "tmp/storesync-demo-")


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


def test_the_settings_example_names_no_setting_that_does_not_exist():
    """A setting that was removed leaves it as well."""
    told = set(re.findall(r"STORESYNC_[A-Z_]+[A-Z]", ENV_EXAMPLE))

    assert told <= {setting.name for setting in SETTINGS.values()} | {"STORESYNC_HOME", "STORESYNC_TOKEN"}


def test_the_crontab_has_one_line_that_cron_takes():
    """Five fields, an absolute path, the command that exists."""
    lines = [line for line in CRONTAB.splitlines() if line and not line.startswith("#")]
    jobs = [line.split() for line in lines if not re.match(r"[A-Z]+=", line)]

    assert jobs == [["*", "*", "*", "*", "*", "/usr/local/bin/storesync", "sync-due"]]
    assert " ".join(jobs[0]) in PAGES["cron"]


def test_the_crontab_says_what_cron_does_not_know():
    """PATH is set, MAILTO waits to be; the log, the silence and flock are explained."""
    assert re.search(r"^PATH=/", CRONTAB, re.MULTILINE)
    assert re.search(r"^#MAILTO=", CRONTAB, re.MULTILINE)
    assert all(word in CRONTAB for word in ("storesync.log", "flock", "--env-file"))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_documents_speak_of_the_project_alone(document):
    """No word, place or number of whatever surrounds the project."""
    text = (ROOT / document).read_text(encoding="utf-8")
    places = re.findall(r"(?<![\w.:/~}<*+…)`-])/((?:[a-z]+/)?[a-z-]+)", re.sub(r"https?://\S+", "", text))

    assert NOT_OURS.findall(text) == []
    assert [place for place in places if not place.startswith(PLACES)] == []
