"""Reads and validates the settings from the environment and one ``.env`` file; reports all faults together."""

import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any

from storesync.data import dataclass
from storesync.errors import UsageError
from storesync.runtime.locations import env_file_of, home_of

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SIZES = {"": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9}
_PLACE = re.compile(r"(127\.0\.0\.1|localhost|\[::1\]|::1):(\d{1,5})", re.IGNORECASE)
HIGHEST_PORT = 65_535
_QUARTERLY = re.compile(r"20\d\d-(01|04|07|10)|unstable")
_ADDRESS = re.compile(r"https://[^/].*|http://(127(?:\.\d{1,3}){3}|localhost|\[::1\])(?::\d+)?(?:/.*)?")

# Without read_all_orders: Shopify refuses the whole grant to an app that is not approved for it
# (https://shopify.dev/docs/api/usage/access-scopes#orders-permissions).
DEFAULT_SHOPIFY_SCOPES = (
    "read_products,read_orders,read_customers,read_inventory,read_locations,read_draft_orders,read_discounts"
)


class Invalid(ValueError):
    """The value of a setting is invalid; the message says what it should be."""


def duration(text: str) -> timedelta:
    """Parse a span such as ``50s``, ``5m``, ``6h`` or ``7d``. All parsers here raise `Invalid`."""
    found = re.fullmatch(r"(\d{1,6})([smhd])", text.strip())
    if not found:
        raise Invalid("should be a duration such as 50s, 5m, 6h or 7d")
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]])


def turn(text: str) -> timedelta:
    """Parse an interval between syncs, at most a day: a longer wait is taken for a wrong clock."""
    span = duration(text)
    if span > timedelta(days=1):
        raise Invalid("should be at most 1d")
    return span


def turns(text: str) -> tuple[timedelta, ...]:
    """Parse a comma-separated list of spans, each at most a day."""
    return tuple(turn(part) for part in text.split(","))


def some_time(text: str) -> timedelta:
    """Parse a span of at least a second and at most a day."""
    span = turn(text)
    if not span:
        raise Invalid("should be at least 1s")
    return span


def positive(text: str) -> int:
    """Parse a whole number of at least one."""
    if not re.fullmatch(r"\d{1,6}", text.strip()) or int(text) < 1:
        raise Invalid("should be a whole number of at least 1")
    return int(text)


def percent(text: str) -> float:
    """Parse a percentage such as ``5%`` into a share such as 0.05."""
    found = re.fullmatch(r"(\d{1,3}(?:\.\d+)?)\s*%?", text.strip())
    if not found or float(found[1]) > 100:  # noqa: PLR2004
        raise Invalid("should be a percentage such as 5%")
    return float(found[1]) / 100


def size(text: str) -> int:
    """Parse a size such as ``200MB`` into bytes."""
    found = re.fullmatch(r"(\d{1,9})\s*(kb|mb|gb|)", text.strip().lower())
    if not found:
        raise Invalid("should be a size such as 200MB")
    return int(found[1]) * _SIZES[found[2]]


def web_address(text: str) -> str:
    """Validate an https URL and drop its trailing slash; plain http is allowed for the loopback only."""
    return exact_address(text.strip().rstrip("/"))


def exact_address(text: str) -> str:
    """Validate an https URL and return it unchanged; plain http is allowed for the loopback only."""
    address = plain(text)
    if not _ADDRESS.fullmatch(address):
        raise Invalid("should be an https:// URL (http:// only for 127.0.0.1)")
    return address


def optional_address(text: str) -> str | None:
    """Validate an https URL and return it unchanged; None for an empty text."""
    return exact_address(text) if text.strip() else None


def words(text: str) -> tuple[str, ...]:
    """Parse a comma-separated list of words."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def plain(text: str) -> str:
    """Return the text stripped; control characters are invalid."""
    if not text.strip().isprintable():
        raise Invalid("holds a control character")
    return text.strip()


def quarterly(text: str) -> str:
    """Validate the name of a quarterly API version, or ``unstable``, and return it."""
    name = plain(text)
    if not _QUARTERLY.fullmatch(name):
        raise Invalid("should be the name of a version, such as 2026-10")
    return name


def optional(text: str) -> str | None:
    """Return the text stripped, or None if it is empty."""
    return plain(text) or None


def optional_place(text: str) -> str | None:
    """Validate a loopback ``HOST:PORT`` and return it in lower case; None for an empty text."""
    found = _PLACE.fullmatch(text.strip())
    if text.strip() and not (found and int(found[2]) <= HIGHEST_PORT):
        raise Invalid("should be a place on this machine such as 127.0.0.1:8721")
    return optional(text.lower())


def level(text: str) -> str:
    """Validate the name of a log level and return it in lower case."""
    if text.lower() not in {"debug", "info", "warning", "error"}:
        raise Invalid("should be debug, info, warning or error")
    return text.lower()


@dataclass(frozen=True, slots=True)
class Setting:
    """One documented setting: its variable, default, parser and meaning."""

    name: str
    default: str
    read: Callable[[str], Any]
    meaning: str
    secret: bool = False


SETTINGS: dict[str, Setting] = {
    "database": Setting("STORESYNC_DATABASE", "", optional, "database file; storesync.db in the home folder"),
    "secret_key": Setting(
        "STORESYNC_SECRET_KEY", "", optional, "encrypts tokens; secret.key in the home folder", secret=True
    ),
    "tiendanube_client_id": Setting("STORESYNC_TIENDANUBE_CLIENT_ID", "", optional, "your Tiendanube app's id"),
    "tiendanube_client_secret": Setting(
        "STORESYNC_TIENDANUBE_CLIENT_SECRET", "", optional, "your Tiendanube app's secret", secret=True
    ),
    "shopify_client_id": Setting("STORESYNC_SHOPIFY_CLIENT_ID", "", optional, "your Shopify app's client id"),
    "shopify_client_secret": Setting(
        "STORESYNC_SHOPIFY_CLIENT_SECRET", "", optional, "your Shopify app's client secret", secret=True
    ),
    "shopify_scopes": Setting(
        "STORESYNC_SHOPIFY_SCOPES", DEFAULT_SHOPIFY_SCOPES, words, "scopes to ask for; empty leaves them out"
    ),
    "shopify_redirect_url": Setting(
        "STORESYNC_SHOPIFY_REDIRECT_URL",
        "http://127.0.0.1:8721/callback",
        web_address,
        "where Shopify sends the browser back; registered exactly so; another host implies --paste",
    ),
    "tiendanube_redirect_url": Setting(
        "STORESYNC_TIENDANUBE_REDIRECT_URL",
        "http://127.0.0.1:8721/callback",
        web_address,
        "where Tiendanube sends the browser back, as set in the partner panel",
    ),
    "listen": Setting(
        "STORESYNC_LISTEN", "", optional_place, "HOST:PORT to listen on for the browser; the redirect URL's own"
    ),
    "contact": Setting("STORESYNC_CONTACT", "", optional, "e-mail or URL for the User-Agent; Tiendanube wants one"),
    "shopify_version": Setting(
        "STORESYNC_SHOPIFY_VERSION", "2026-10", quarterly, "Shopify API version, from 2026-01 on"
    ),
    "tiendanube_version": Setting("STORESYNC_TIENDANUBE_VERSION", "2025-03", plain, "Tiendanube API version"),
    "tiendanube_api_url": Setting(
        "STORESYNC_TIENDANUBE_API_URL", "https://api.tiendanube.com", web_address, "Tiendanube's API"
    ),
    "tiendanube_auth_url": Setting(
        "STORESYNC_TIENDANUBE_AUTH_URL",
        "https://www.tiendanube.com",
        web_address,
        "Tiendanube's authorisation",
    ),
    "shopify_url": Setting(
        "STORESYNC_SHOPIFY_URL",
        "https://{shop}.myshopify.com",
        web_address,
        "a Shopify shop; may hold {shop}",
    ),
    "address_url": Setting(
        "STORESYNC_ADDRESS_URL", "", optional_address, "asked for this machine's own address where an app refuses it"
    ),
    "tier_high": Setting("STORESYNC_TIER_HIGH", "5m", turn, "how often lively stores are read"),
    "tier_medium": Setting("STORESYNC_TIER_MEDIUM", "30m", turn, "how often quiet stores are read"),
    "tier_low": Setting("STORESYNC_TIER_LOW", "6h", turn, "how often sleeping stores are read"),
    "max_parallel": Setting("STORESYNC_MAX_PARALLEL", "3", positive, "stores worked on at once"),
    "batch_pause": Setting("STORESYNC_BATCH_PAUSE", "2s", duration, "time between starting groups"),
    "pending_grace": Setting("STORESYNC_PENDING_GRACE", "3m", duration, "time for connect to finish by itself"),
    "pending_per_tick": Setting("STORESYNC_PENDING_PER_TICK", "10", positive, "pending stores picked up a tick"),
    "tick_budget": Setting("STORESYNC_TICK_BUDGET", "50s", some_time, "how long a tick works"),
    "slice": Setting("STORESYNC_SLICE", "15s", duration, "how long one turn of a first load lasts"),
    "backoff": Setting("STORESYNC_BACKOFF", "5m,15m,45m", turns, "waits after failures in a row"),
    "health": Setting("STORESYNC_HEALTH", "30m", turn, "how often the health pass runs"),
    "probe": Setting("STORESYNC_PROBE", "6h", turn, "how often a suspended or refused store is tried"),
    "overlap": Setting("STORESYNC_OVERLAP", "10m", duration, "how far each pass reaches back"),
    "lookback": Setting("STORESYNC_LOOKBACK", "6h", duration, "how often a reading reaches back 24 hours further"),
    "drift_days": Setting("STORESYNC_DRIFT_DAYS", "60", positive, "orders of this many days are read again each week"),
    "reconcile": Setting("STORESYNC_RECONCILE", "7d", duration, "how often ids are compared"),
    "max_delete": Setting("STORESYNC_MAX_DELETE", "5%", percent, "more deletions at once are held"),
    "min_free": Setting("STORESYNC_MIN_FREE", "200MB", size, "free disk space needed"),
    "timeout": Setting("STORESYNC_TIMEOUT", "30s", some_time, "how long to wait for an answer"),
    "log": Setting("STORESYNC_LOG", "", optional, "log file; storesync.log in the home folder"),
    "log_level": Setting("STORESYNC_LOG_LEVEL", "info", level, "debug, info, warning or error"),
    "notify_url": Setting(
        "STORESYNC_NOTIFY_URL", "", optional, "whom to tell of trouble: Apprise URLs, by blanks or commas", secret=True
    ),
    "ping_url": Setting(
        "STORESYNC_PING_URL", "", optional_address, "asked for after each minute that went well", secret=True
    ),
}
"""Every setting by field of `Settings`, but for ``STORESYNC_HOME`` (environment or ``--home`` only)."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The parsed settings. Fields are named as in `SETTINGS`, which gives their meaning."""

    home: Path
    env_file: Path | None
    database: Path
    secret_key: str | None
    tiendanube_client_id: str | None
    tiendanube_client_secret: str | None
    shopify_client_id: str | None
    shopify_client_secret: str | None
    shopify_scopes: tuple[str, ...]
    shopify_redirect_url: str
    tiendanube_redirect_url: str
    listen: str | None
    contact: str | None
    shopify_version: str
    tiendanube_version: str
    tiendanube_api_url: str
    tiendanube_auth_url: str
    shopify_url: str
    address_url: str | None
    tier_high: timedelta
    tier_medium: timedelta
    tier_low: timedelta
    max_parallel: int
    batch_pause: timedelta
    pending_grace: timedelta
    pending_per_tick: int
    tick_budget: timedelta
    slice: timedelta
    backoff: tuple[timedelta, ...]
    health: timedelta
    probe: timedelta
    overlap: timedelta
    lookback: timedelta
    drift_days: int
    reconcile: timedelta
    max_delete: float
    min_free: int
    timeout: timedelta
    log: Path
    log_level: str
    notify_url: str | None
    ping_url: str | None

    def __repr__(self) -> str:
        """Show only the home folder: other fields may be secret."""
        return f"Settings(home={str(self.home)!r})"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one setting; *message* says where it is. *line* is None outside of a file."""

    name: str
    message: str
    line: int | None = None


def load_settings(
    environment: Mapping[str, str],
    *,
    home: Path | None = None,
    database: Path | None = None,
    env_file: Path | None = None,
) -> Settings:
    """Read the settings: the options win over *environment*, which wins over the ``.env`` file.

    Raises `UsageError` that names every fault and where it is, never the value of a secret.
    """
    folder = home or Path(home_of(environment))
    settings, faults = read_settings(environment, folder, env_file_in_use(env_file, folder), database=database)
    if faults:
        told = "; ".join(fault.message for fault in faults)
        raise UsageError(told, hint="mend the settings, one by one: storesync doctor --only config")
    return settings


def read_settings(
    environment: Mapping[str, str], home: Path, file: Path | None, *, database: Path | None = None
) -> tuple[Settings, list[Fault]]:
    """Return the settings and their faults; an invalid setting has its default value.

    Raises `UsageError` if *file* cannot be read.
    """
    lines, faults = _read_env_file(file) if file else ({}, [])
    values: dict[str, Any] = {}
    for field, setting in SETTINGS.items():
        text, line, place = _lookup(setting, environment, lines, file)
        try:
            values[field] = setting.read(text)
        except Invalid as invalid:
            shown = "" if setting.secret else f" {text!r}"
            faults.append(Fault(setting.name, f"{setting.name}{shown} {invalid} ({place})", line))
            values[field] = setting.read(setting.default)
    faults += [
        Fault(name, f"{name} {_why_not(name)} ({file}, line {line})", line)
        for name, (_, line) in lines.items()
        if name.startswith("STORESYNC_") and name not in NAMES
    ]
    faults += [
        Fault(name, f"{name} is not a setting (from the environment)")
        for name in environment
        if name.startswith("STORESYNC_") and name not in NAMES | ENVIRONMENT_ONLY
    ]
    values["database"] = database or Path(values["database"] or home / "storesync.db").expanduser()
    values["log"] = Path(values["log"] or home / "storesync.log").expanduser()
    return Settings(home=home, env_file=file, **values), faults


NAMES = frozenset(setting.name for setting in SETTINGS.values())
"""The variables that a settings file may set."""

ENVIRONMENT_ONLY = frozenset({"STORESYNC_HOME", "STORESYNC_TOKEN"})
"""The variables that no settings file may set."""


def _why_not(name: str) -> str:
    return "comes from the environment only" if name in ENVIRONMENT_ONLY else "is not a setting"


def _lookup(
    setting: Setting, environment: Mapping[str, str], lines: Mapping[str, tuple[str, int]], file: Path | None
) -> tuple[str, int | None, str]:
    if setting.name in environment:
        return environment[setting.name], None, "from the environment"
    if setting.name in lines:
        text, line = lines[setting.name]
        return text, line, f"{file}, line {line}"
    return setting.default, None, "default"


def env_file_in_use(named: Path | None, home: Path) -> Path | None:
    """Return the settings file: *named*, or else the one found, or None. `UsageError` if *named* does not exist."""
    if named is None:
        found = env_file_of(str(home))
        return Path(found) if found else None
    if not named.is_file():
        raise UsageError(f"no file at {named}", hint="name one that exists: --env-file FILE")
    return named.absolute()


def _read_env_file(file: Path) -> tuple[dict[str, tuple[str, int]], list[Fault]]:
    """Return the values of a ``.env`` file with their line numbers, and a fault for each invalid line."""
    from dotenv.parser import parse_stream  # noqa: PLC0415 - only where there is such a file

    try:
        with file.open(encoding="utf-8-sig") as stream:
            bindings = list(parse_stream(stream))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UsageError(f"cannot read {file}: {reason}", hint=f"look at it: ls -l {file}") from None
    broken = [_line(binding) for binding in bindings if binding.error]
    faults = [Fault("", f"{file} cannot be understood, line {line}: NAME=value is", line) for line in broken]
    return {b.key: (b.value or "", _line(b)) for b in bindings if b.key}, faults


def _line(binding: Any) -> int:
    """Return the line number of *binding*; the parser counts the blank lines before it as part of it."""
    text: str = binding.original.string
    return int(binding.original.line) + text[: len(text) - len(text.lstrip())].count("\n")


if set(SETTINGS) | {"home", "env_file"} != {field.name for field in fields(Settings)}:
    raise AssertionError("SETTINGS and Settings differ")
