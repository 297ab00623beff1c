"""Settings: where they come from, how each is read, and how faults are told."""

from datetime import timedelta
from pathlib import Path

import pytest

from storesync.errors import UsageError
from storesync.runtime.locations import env_file_of, home_of, plain_database
from storesync.runtime.settings import DEFAULT_SHOPIFY_SCOPES, SETTINGS, Settings, load_settings

SECONDS, MINUTES, HOURS, DAYS = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))
CALLBACK = "http://127.0.0.1:8721/callback"


@pytest.fixture
def home(tmp_path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def load(home: Path, **environment: str) -> Settings:
    """Read the settings of *home*, with STORESYNC_… variables given without their prefix."""
    return load_settings({"STORESYNC_HOME": str(home), **{f"STORESYNC_{k.upper()}": v for k, v in environment.items()}})


def fault(home: Path, **environment: str) -> str:
    """Return the message of the fault."""
    with pytest.raises(UsageError) as caught:
        load(home, **environment)
    return caught.value.message


def write_env(folder: Path, text: str | bytes) -> Path:
    """Write a .env file."""
    file = folder / ".env"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


DEFAULTS = {
    "secret_key": None,
    "tiendanube_client_id": None,
    "tiendanube_client_secret": None,
    "shopify_client_id": None,
    "shopify_client_secret": None,
    "shopify_scopes": tuple(DEFAULT_SHOPIFY_SCOPES.split(",")),
    "shopify_redirect_url": CALLBACK,
    "tiendanube_redirect_url": CALLBACK,
    "listen": None,
    "contact": None,
    "shopify_version": "2026-10",
    "tiendanube_version": "2025-03",
    "tiendanube_api_url": "https://api.tiendanube.com",
    "tiendanube_auth_url": "https://www.tiendanube.com",
    "shopify_url": "https://{shop}.myshopify.com",
    "address_url": None,
    "tier_high": 5 * MINUTES,
    "tier_medium": 30 * MINUTES,
    "tier_low": 6 * HOURS,
    "max_parallel": 3,
    "batch_pause": 2 * SECONDS,
    "pending_grace": 3 * MINUTES,
    "pending_per_tick": 10,
    "tick_budget": 50 * SECONDS,
    "slice": 15 * SECONDS,
    "backoff": (5 * MINUTES, 15 * MINUTES, 45 * MINUTES),
    "health": 30 * MINUTES,
    "probe": 6 * HOURS,
    "overlap": 10 * MINUTES,
    "lookback": 6 * HOURS,
    "drift_days": 60,
    "reconcile": 7 * DAYS,
    "max_delete": 0.05,
    "min_free": 200_000_000,
    "timeout": 30 * SECONDS,
    "log_level": "info",
    "notify_url": None,
    "ping_url": None,
}


@pytest.mark.parametrize("field", [name for name in SETTINGS if name not in {"database", "log"}])
def test_each_setting_has_the_promised_default(home, field):
    """CONTRACT 7 in one table; a new setting needs its line here."""
    assert getattr(load(home), field) == DEFAULTS[field]


def test_the_database_and_the_log_lie_in_the_home_folder(home):
    """Unless they are named; ~ is the user's own folder."""
    plain, named = load(home), load(home, database="~/my.db", log="/var/log/storesync.log")

    assert (plain.database, plain.log) == (home / "storesync.db", home / "storesync.log")
    assert (named.database, named.log) == (Path.home() / "my.db", Path("/var/log/storesync.log"))


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("tier_high", "50s", 50 * SECONDS),
        ("tier_high", " 5m ", 5 * MINUTES),
        ("tier_low", "1d", DAYS),
        ("reconcile", "7d", 7 * DAYS),
        ("batch_pause", "0s", timedelta()),
        ("backoff", "1m, 2h", (MINUTES, 2 * HOURS)),
        ("max_parallel", "32", 32),
        ("max_delete", "12.5%", 0.125),
        ("max_delete", "100", 1.0),
        ("max_delete", "0%", 0.0),
        ("min_free", "1gb", 10**9),
        ("min_free", "512 KB", 512_000),
        ("min_free", "7", 7),
        ("shopify_scopes", "", ()),
        ("shopify_scopes", "read_orders, read_products,", ("read_orders", "read_products")),
        ("shopify_url", "http://127.0.0.1:8080/shopify/{shop}/", "http://127.0.0.1:8080/shopify/{shop}"),
        ("tiendanube_api_url", "http://localhost:1", "http://localhost:1"),
        ("tiendanube_api_url", "http://[::1]:1/x", "http://[::1]:1/x"),
        ("tiendanube_api_url", "https://proxy.example/", "https://proxy.example"),
        ("log_level", "DEBUG", "debug"),
        ("contact", "  ana@example.com ", "ana@example.com"),
        ("contact", "   ", None),
        ("notify_url", " tgram://bot/chat, json://host ", "tgram://bot/chat, json://host"),
        ("ping_url", " https://ping.example/key/ ", "https://ping.example/key/"),
        ("ping_url", "http://127.0.0.1:8000/key", "http://127.0.0.1:8000/key"),
        ("ping_url", "  ", None),
    ],
)
def test_each_form_is_read(home, field, text, value):
    """Durations, lists, shares, sizes, addresses."""
    assert getattr(load(home, **{field: text}), field) == value


@pytest.mark.parametrize(
    ("field", "text", "advice"),
    [
        ("tier_high", "5", "should be a duration such as 50s, 5m, 6h or 7d"),
        ("tier_high", "-5m", "should be a duration such as 50s, 5m, 6h or 7d"),
        ("tier_high", "", "should be a duration such as 50s, 5m, 6h or 7d"),
        ("tier_high", "1.5h", "should be a duration such as 50s, 5m, 6h or 7d"),
        ("backoff", "5m,", "should be a duration such as 50s, 5m, 6h or 7d"),
        ("tier_low", "7d", "should be at most 1d"),
        ("backoff", "5m,2d", "should be at most 1d"),
        ("tick_budget", "0s", "should be at least 1s"),
        ("timeout", "0s", "should be at least 1s"),
        ("listen", "8721", "should be a place on this machine such as 127.0.0.1:8721"),
        ("listen", "localhost:99999", "should be a place on this machine such as 127.0.0.1:8721"),
        ("timeout", "999999d", "should be at most 1d"),
        ("listen", "0.0.0.0:8721", "should be a place on this machine such as 127.0.0.1:8721"),
        ("max_parallel", "0", "should be a whole number of at least 1"),
        ("max_parallel", "three", "should be a whole number of at least 1"),
        ("max_delete", "101%", "should be a percentage such as 5%"),
        ("max_delete", "-1%", "should be a percentage such as 5%"),
        ("min_free", "a lot", "should be a size such as 200MB"),
        ("tiendanube_api_url", "http://api.tiendanube.com", "should be an https:// URL (http:// only for 127.0.0.1)"),
        (
            "tiendanube_api_url",
            "http://127.0.0.1.evil.example",
            "should be an https:// URL (http:// only for 127.0.0.1)",
        ),
        (
            "tiendanube_api_url",
            "http://localhost@evil.example",
            "should be an https:// URL (http:// only for 127.0.0.1)",
        ),
        ("tiendanube_api_url", "https:///", "should be an https:// URL (http:// only for 127.0.0.1)"),
        ("shopify_url", "ftp://{shop}", "should be an https:// URL (http:// only for 127.0.0.1)"),
        ("log_level", "loud", "should be debug, info, warning or error"),
        ("contact", "ana\x1b[2J", "holds a control character"),
    ],
)
def test_a_fault_names_the_setting_its_value_and_what_it_should_be(home, field, text, advice):
    """The message is all that is needed to mend it."""
    assert fault(home, **{field: text}) == f"{SETTINGS[field].name} {text!r} {advice} (from the environment)"


@pytest.mark.parametrize("field", [name for name, setting in SETTINGS.items() if setting.secret])
def test_a_secrets_value_is_never_shown(home, field):
    """Neither in a fault nor in the settings' repr."""
    secret = "hush\x07hush"

    assert fault(home, **{field: secret}) == f"{SETTINGS[field].name} holds a control character (from the environment)"
    assert "hushhush" not in repr(load(home, **{field: "https://example.com/hushhush"}))


@pytest.mark.parametrize("text", ["ping.example/hush", "http://ping.example/hush", "https:///hush", "ftp://hush"])
def test_an_address_with_a_key_in_it_is_refused_without_showing_it(home, text):
    """The ping's URL is held to the same form as the others."""
    advice = "should be an https:// URL (http:// only for 127.0.0.1)"

    assert fault(home, ping_url=text) == f"STORESYNC_PING_URL {advice} (from the environment)"


def test_all_faults_are_told_together_with_file_and_line(home):
    """One look, one repair: values, unknown names, environment and file."""
    file = write_env(
        home, "# ours\nSTORESYNC_TIER_HIGH=soon\n\nSTORESYNC_TEIR_LOW=6h\nSTORESYNC_MAX_PARALLEL=0\nOTHER=1\n"
    )

    assert fault(home, slice="?").split("; ") == [
        f"STORESYNC_TIER_HIGH 'soon' should be a duration such as 50s, 5m, 6h or 7d ({file}, line 2)",
        f"STORESYNC_MAX_PARALLEL '0' should be a whole number of at least 1 ({file}, line 5)",
        "STORESYNC_SLICE '?' should be a duration such as 50s, 5m, 6h or 7d (from the environment)",
        f"STORESYNC_TEIR_LOW is not a setting ({file}, line 4)",
    ]


def test_an_unknown_name_in_the_environment_is_told_too(home):
    """A slip of the pen changes nothing in silence, wherever it stands."""
    assert fault(home, teir_low="6h") == "STORESYNC_TEIR_LOW is not a setting (from the environment)"


def test_the_home_is_not_a_setting_of_the_file(home):
    """A file found in the home folder cannot say where the home folder is."""
    file = write_env(home, "STORESYNC_HOME=/elsewhere\n")

    assert fault(home) == f"STORESYNC_HOME comes from the environment only ({file}, line 1)"


def test_options_beat_the_environment_and_the_environment_beats_the_file(home, tmp_path):
    """In this order, each setting for itself."""
    write_env(home, "STORESYNC_DATABASE=file.db\nSTORESYNC_CONTACT=file\nSTORESYNC_TIER_LOW=1h\n")
    environment = {"STORESYNC_HOME": "/nowhere", "STORESYNC_DATABASE": "env.db", "STORESYNC_CONTACT": "environment"}

    settings = load_settings(environment, home=home, database=tmp_path / "option.db")

    assert (settings.home, settings.database) == (home, tmp_path / "option.db")
    assert (settings.contact, settings.tier_low, settings.tier_high) == ("environment", HOURS, 5 * MINUTES)


def test_an_empty_variable_still_beats_the_file(home):
    """STORESYNC_SHOPIFY_SCOPES= in the environment means none, whatever the file says."""
    write_env(home, "STORESYNC_SHOPIFY_SCOPES=read_orders\n")

    assert load(home, shopify_scopes="").shopify_scopes == ()


def test_the_file_of_the_home_folder_comes_before_that_of_the_working_directory(home, tmp_path):
    """Cron runs anywhere; the home folder's file is the same everywhere."""
    here = write_env(tmp_path, "STORESYNC_CONTACT=here\n")

    assert (load(home).contact, load(home).env_file) == ("here", here)

    there = write_env(home, "STORESYNC_CONTACT=home\n")

    assert (load(home).contact, load(home).env_file) == ("home", there)


def test_a_file_further_up_is_never_read(home, tmp_path, monkeypatch):
    """Another project's .env above the working directory is none of ours."""
    write_env(tmp_path, "STORESYNC_CONTACT=up\n")
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")

    assert load(home).contact is None


def test_a_named_file_replaces_both(home, tmp_path):
    """--env-file FILE; no file there is a usage error."""
    write_env(home, "STORESYNC_CONTACT=home\n")
    named = tmp_path / "my.env"
    named.write_text("STORESYNC_TIER_LOW=2h\n", encoding="utf-8")

    settings = load_settings({}, home=home, env_file=named)

    assert (settings.contact, settings.tier_low, settings.env_file) == (None, 2 * HOURS, named)
    with pytest.raises(UsageError, match=r"no file at .*gone\.env"):
        load_settings({}, home=home, env_file=tmp_path / "gone.env")


@pytest.mark.parametrize(
    "text",
    [
        b"STORESYNC_CONTACT=ana\r\nSTORESYNC_TIER_LOW=2h\r\n",
        b"\xef\xbb\xbfSTORESYNC_CONTACT=ana\nSTORESYNC_TIER_LOW=2h",
        b"export STORESYNC_CONTACT=\"ana\"\nSTORESYNC_TIER_LOW='2h'\n",
        b"STORESYNC_CONTACT = ana # who\n# note\nSTORESYNC_TIER_LOW=2h\n",
    ],
    ids=["crlf", "bom", "quotes", "comments"],
)
def test_the_file_may_come_from_any_editor(home, text):
    """Line ends, byte order marks, quotes and comments of all kinds."""
    write_env(home, text)
    settings = load(home)

    assert (settings.contact, settings.tier_low) == ("ana", 2 * HOURS)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"STORESYNC_CONTACT=ana\n'broken\n", "cannot be understood, line 2"),
        (b"STORESYNC_CONTACT=\xff\xfe\n", "cannot read .*: it is not UTF-8 text"),
        ("STORESYNC_CONTACT=ana\n".encode("utf-16"), "cannot read .*: it is not UTF-8 text"),
    ],
    ids=["quotes", "bytes", "utf-16"],
)
def test_a_broken_file_is_said_so(home, text, reason):
    """No setting is taken from a file that cannot be understood."""
    write_env(home, text)

    with pytest.raises(UsageError, match=reason):
        load(home)


def test_the_home_folder_comes_from_the_environment_else_from_the_platform(tmp_path, monkeypatch):
    """~ and relative paths are made absolute; an empty variable names nothing."""
    monkeypatch.chdir(tmp_path)

    assert home_of({"STORESYNC_HOME": "~/sync"}) == str(Path.home() / "sync")
    assert home_of({"STORESYNC_HOME": "sync"}) == str(tmp_path / "sync")
    assert Path(home_of({"STORESYNC_HOME": " "})).name == "storesync"


@pytest.mark.parametrize(
    ("file", "environment", "database"),
    [
        (None, {}, "storesync.db"),
        ("STORESYNC_CONTACT=ana\n", {}, "storesync.db"),
        ("STORESYNC_DATABASE=/x.db\n", {}, None),
        ("STORESYNC_DATABASE=/x.db\n", {"STORESYNC_DATABASE": "/y.db"}, "/y.db"),
        (None, {"STORESYNC_DATABASE": ""}, None),
        ("# STORESYNC_DATABASE=/x.db\r  #STORESYNC_PING_URL=\n", {}, "storesync.db"),
        ("# where\rSTORESYNC_DATABASE=/x.db\n", {}, None),
        (None, {"STORESYNC_PING_URL": "https://ping.example/key"}, None),
        ("STORESYNC_PING_URL=https://ping.example/key\n", {}, None),
        ("STORESYNC_PING_URL=https://ping.example/key\n", {"STORESYNC_DATABASE": "/y.db"}, None),
        ("STORESYNC_PING_URL=https://ping.example/key\n", {"STORESYNC_PING_URL": ""}, "storesync.db"),
    ],
)
def test_the_idle_minute_knows_the_database_or_says_that_it_does_not(home, file, environment, database):
    """The short way of an idle minute never looks at another database than the long one."""
    if file:
        write_env(home, file)
    expected = database and str(home / database)

    assert plain_database({"STORESYNC_HOME": str(home), **environment}) == expected


def test_a_settings_file_must_be_a_file(home):
    """A folder called .env (a virtual environment, often) is none."""
    (home / ".env").mkdir()

    assert env_file_of(str(home)) is None
