"""The composition root: builds the context from the settings, with database, vault, HTTP client and platforms."""

import os
import shlex
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from storesync import __version__
from storesync.errors import DiskFull, UsageError
from storesync.model import App
from storesync.platforms.base import Platform
from storesync.platforms.registry import open_platform
from storesync.rules.schedule import Timing
from storesync.runtime.log import start_log
from storesync.runtime.notices import Notices
from storesync.runtime.settings import Settings
from storesync.runtime.world import OutsideWorld
from storesync.storage.credentials import any_sealed
from storesync.storage.database import Database
from storesync.storage.leases import Worker, working
from storesync.storage.opening import create_database, open_database, open_to_look
from storesync.sync.context import SyncContext

if TYPE_CHECKING:
    from storesync.platforms.http import HttpClient
    from storesync.runtime.vault import Vault

LOOK = timedelta(seconds=10)
"""The longest wait for an answer in commands that only look."""


@contextmanager
def open_context(settings: Settings, outside: OutsideWorld, *, create: bool = False) -> Iterator[SyncContext]:
    """Open the context for work on stores; *create* makes the database and the key if they are missing.

    Raises `StoresyncError` if the database cannot be opened.
    """
    if create:
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = (create_database if create else open_database)(settings.database)
    start_log(settings.log, settings.log_level)
    try:
        with (
            _http_when_asked(settings, outside) as http,
            working(workers_of(settings), outside.name()) as worker,
        ):
            # A new key beside tokens that an old one encrypted would make them unreadable.
            yield _context(
                settings, outside, database, worker, http, new_key=lambda: create and not any_sealed(database)
            )
    finally:
        database.close()


@contextmanager
def open_context_to_look(settings: Settings, outside: OutsideWorld) -> Iterator[SyncContext]:
    """Open a read-only context: nothing is created, migrated, logged or written."""
    database = open_to_look(settings.database)
    try:
        with open_http_to_look(settings, outside) as http:
            worker = Worker("", workers_of(settings), is_onlooker=True)
            yield _context(settings, outside, database, worker, lambda: http)
    finally:
        database.close()


@contextmanager
def open_http_to_look(settings: Settings, outside: OutsideWorld) -> Iterator["HttpClient"]:
    """Open an HTTP client for short requests, without logging."""
    start_log(Path(os.devnull), settings.log_level)
    http = _http(settings, outside, longest_wait=LOOK)
    try:
        yield http
    finally:
        http.close()


def _context(
    settings: Settings,
    outside: OutsideWorld,
    database: Database,
    worker: Worker,
    http: "Callable[[], HttpClient]",
    *,
    new_key: Callable[[], bool] = lambda: False,
) -> SyncContext:
    return SyncContext(
        database=database,
        clock=outside.clock,
        timing=timing_of(settings),
        worker=worker,
        platform=_platforms(settings, http),
        app=lambda platform: app_of(settings, platform),
        # Loaded each time: another process may change the key.
        vault=lambda: _vault(settings, create=new_key()),
        max_delete=settings.max_delete,
        must_have_room=lambda: must_have_room(settings),
        free_bytes=lambda: free_bytes(settings),
        own_address=lambda: _own_address(settings, http()),
        is_online=lambda: any(outside.reaches(host) for host in _hosts(settings)),
    )


def workers_of(settings: Settings) -> Path:
    """Return the folder in which each working process has its lock file."""
    return settings.database.resolve().parent / "workers"


def places_of(settings: Settings) -> list[Path]:
    """Return the files, besides the database itself, that could contain data of a store."""
    families = ((settings.home, "*"), *((path.parent, f"{path.name}*") for path in (settings.database, settings.log)))
    found = {path for folder, names in families for path in folder.glob(names) if path.is_file()}
    return sorted(found - {settings.database})


def target_of(settings: Settings, output: Path) -> Path:
    """Return the resolved path of *output*, which is safe to replace.

    Raises `UsageError` if it is a file of storesync itself, or exists and is not a regular file.
    """
    if str(output) in {"-", "."}:
        raise UsageError("--output names no file", hint="leave it out to have the answer here")
    look = f"name another one; see what it is: ls -ld {shlex.quote(str(output))}"
    try:
        target = output.resolve()
        is_taken = target.exists() and not target.is_file()
    except (OSError, RuntimeError) as error:
        told = error.strerror if isinstance(error, OSError) else "its links lead in a circle"
        raise UsageError(f"cannot write {output}: {told}", hint=look) from None
    secret = (key_file_of(settings), settings.home / ".env", *filter(None, (settings.env_file,)))
    kept = (settings.database, settings.log, *secret)
    if workers_of(settings) in (target, *target.parents) or any(_is_of_family(target, one.resolve()) for one in kept):
        raise UsageError(f"{output} is storesync's own", hint="name another file")
    if is_taken:
        raise UsageError(f"{output} is no plain file", hint=look)
    return target


def _is_of_family(file: Path, kept: Path) -> bool:
    """True if *file* is *kept* or a file that SQLite, the log or an editor keeps beside it."""
    beside = (f"{kept.name}.", f"{kept.name}-")
    return file.parent == kept.parent and (file.name == kept.name or file.name.startswith(beside))


def timing_of(settings: Settings) -> Timing:
    """Return the scheduling part of the settings."""
    return Timing(
        tiers={"high": settings.tier_high, "medium": settings.tier_medium, "low": settings.tier_low},
        backoff=settings.backoff,
        pending_grace=settings.pending_grace,
        pending_per_tick=settings.pending_per_tick,
        max_parallel=settings.max_parallel,
        batch_pause=settings.batch_pause,
        tick_budget=settings.tick_budget,
        slice=settings.slice,
        probe=settings.probe,
        overlap=settings.overlap,
        lookback=settings.lookback,
        drift_reach=timedelta(days=settings.drift_days),
        reconcile=settings.reconcile,
        health=settings.health,
    )


def key_file_of(settings: Settings) -> Path:
    """Return the path of the key file, used unless ``STORESYNC_SECRET_KEY`` is set."""
    return settings.home / "secret.key"


def app_of(settings: Settings, platform: str) -> App | None:
    """Return the operator's app on *platform*, None if its id or secret is not set."""
    found = {
        "shopify": (settings.shopify_client_id, settings.shopify_client_secret),
        "tiendanube": (settings.tiendanube_client_id, settings.tiendanube_client_secret),
    }.get(platform)
    return App(found[0], found[1]) if found and found[0] and found[1] else None


def notices_of(settings: Settings) -> Notices:
    """Return the configured receivers of notices and pings."""
    return Notices(settings.notify_url, settings.ping_url)


def free_bytes(settings: Settings) -> int:
    """Return the bytes that may be written before less than ``STORESYNC_MIN_FREE`` is free."""
    return max(0, shutil.disk_usage(settings.database.parent).free - settings.min_free)


def must_have_room(settings: Settings) -> None:
    """Raise `DiskFull` if less than ``STORESYNC_MIN_FREE`` is free."""
    folder = settings.database.parent
    free = shutil.disk_usage(folder).free
    if free < settings.min_free:
        raise DiskFull(
            f"only {free // 10**6} MB are free at {folder}, less than STORESYNC_MIN_FREE asks for",
            hint=f"make room: df -h {shlex.quote(str(folder))}",
        )


def _vault(settings: Settings, *, create: bool) -> "Vault":
    from storesync.runtime.vault import load_vault  # noqa: PLC0415 - heavy

    return load_vault(settings.secret_key, key_file_of(settings), create=create)


def _own_address(settings: Settings, http: "HttpClient") -> str | None:
    from storesync.platforms.addresses import own_address  # noqa: PLC0415 - only where a platform refuses this machine

    return own_address(http, settings.address_url) if settings.address_url else None


def _hosts(settings: Settings) -> list[str]:
    """Return the hosts to try when checking for connectivity."""
    from storesync.runtime.network import way_out  # noqa: PLC0415 - only after nobody answered

    urls = (settings.tiendanube_api_url, settings.shopify_url.replace("{shop}", "www"))
    return way_out([host for url in urls if (host := urlsplit(url).hostname)])


@contextmanager
def _http_when_asked(settings: Settings, outside: OutsideWorld) -> "Iterator[Callable[[], HttpClient]]":
    """Yield a function that returns the HTTP client, opened at its first call: many commands send nothing."""
    opened: list[HttpClient] = []
    lock = Lock()

    def http() -> "HttpClient":
        with lock:
            if not opened:
                opened.append(_http(settings, outside))
            return opened[0]

    try:
        yield http
    finally:
        for client in opened:
            client.close()


def _http(settings: Settings, outside: OutsideWorld, *, longest_wait: timedelta = timedelta.max) -> "HttpClient":
    from storesync.platforms.http import HttpClient  # noqa: PLC0415 - heavy

    return HttpClient(
        user_agent=f"storesync/{__version__} ({settings.contact or 'STORESYNC_CONTACT is not set'})",
        now=outside.clock.now,
        monotonic=outside.clock.monotonic,
        sleep=outside.clock.sleep,
        jitter=outside.jitter,
        timeout_s=min(settings.timeout, longest_wait).total_seconds(),
        transport=outside.transport,
    )


def _platforms(settings: Settings, http: "Callable[[], HttpClient]") -> Callable[[str], Platform]:
    return cache(lambda name: open_platform(name, settings, http()))
