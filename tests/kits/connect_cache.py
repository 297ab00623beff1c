"""A cache of connected shops: the same `connect` in the same world is done once for all tests of a run.

Hundreds of tests begin with a shop that is connected and loaded. What the program is given then (simulated world,
clock, settings, words, environment, files at home) is the key; what came of it (answer, files, what the world
remembers) is the entry, in a folder that all workers share and that goes with the run. Where anything of the program
is replaced, faults are planned or somebody watches, nothing is cached.
"""

import copyreg
import hashlib
import io
import logging
import os
import pickle
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock
from weakref import WeakSet

import pytest

from storesync.simulator.shop import Shop
from storesync.simulator.simulator import Simulator
from storesync.simulator.world import World
from storesync.storage import opening

PATCHED_ALWAYS = {
    *((id(logging.getLogger("storesync")), name) for name in ("handlers", "level", "propagate")),
    (id(opening), "make"),
}
"""What is replaced for every test."""

IGNORED_VARIABLES = {"HOME", "XDG_DATA_HOME", "PWD", "OLDPWD", "PYTEST_CURRENT_TEST", "PYTEST_XDIST_WORKER"}
"""Variables of the environment that differ from test to test, and that the program is not given."""

LOCATIONS = {"STORESYNC_HOME", "STORESYNC_DATABASE", "STORESYNC_LOG"}
"""Settings by which something is elsewhere than at home."""

SHOP_ATTRIBUTES = tuple(column.name for column in fields(Shop) if column.name not in {"now", "platform", "key"})
NEVER_CHANGED = ("resources", "random", "counters", "chances", "removals", "veils")
"""What reading a shop does not change."""

UNSTORABLE = (AttributeError, OSError, TypeError, ValueError, pickle.PicklingError)
"""What is raised where a world holds what cannot be written down, or a home what is no file or cannot be read."""

LIMIT = 250
"""So many are kept: about a megabyte each."""


@dataclass
class Entry:
    """What came of it; *changes* are those of the world and its shops."""

    answer: Any
    at: Any
    sleeps: list[float]
    calls: list[Any]
    folders: list[tuple[str, int]]
    files: list[tuple[str, int, bytes]]
    changes: bytes


PATCHES: WeakSet[pytest.MonkeyPatch] = WeakSet()
"""All that may have replaced something: a test's own, and those of ``monkeypatch.context()``."""


MOCKS: set[Any] = set()
"""The patches of `unittest.mock` that are in force."""


def watch_patches() -> None:
    """Have every `pytest.MonkeyPatch` that is made from now on known in `PATCHES`, every mock in force in `MOCKS`."""
    made, entered, left = pytest.MonkeyPatch.__init__, mock._patch.__enter__, mock._patch.__exit__

    def make(patch: pytest.MonkeyPatch) -> None:
        made(patch)
        PATCHES.add(patch)

    def enter(patch: Any) -> Any:
        MOCKS.add(patch)
        return entered(patch)

    def leave(patch: Any, *error: object) -> Any:
        MOCKS.discard(patch)
        return left(patch, *error)

    pytest.MonkeyPatch.__init__, mock._patch.__enter__, mock._patch.__exit__ = make, enter, leave


def _is_usual(target: Any, name: str) -> bool:
    """Return whether this is replaced for every test, or by pytest for itself."""
    return (id(target), name) in PATCHED_ALWAYS or isinstance(target, pytest.Config)


class ConnectCache:
    """The entries of this run, in *folder*."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def once(self, program: Any, words: tuple, run: Callable[[], Any]) -> Any:
        """Return the answer of *run*, with all that it changes; it runs where nobody did the same before."""
        before = self._state_of(program) if self._is_cacheable(program) else None
        if before is None:
            return run()
        name = hashlib.blake2b(pickle.dumps((words, before)), digest_size=16).hexdigest()
        file = self.folder / name
        try:
            entry = pickle.loads(file.read_bytes())  # noqa: S301 - our own
        except FileNotFoundError:
            calls, sleeps = len(program.simulator.requests), len(program.clock.sleeps)
            leaks = len(program.simulator.leaks)
            beside = set(program.home.parent.iterdir())
            answer = run()
            is_alone = set(program.home.parent.iterdir()) - {program.home} == beside - {program.home}
            if is_alone and len(program.simulator.leaks) == leaks:
                self._store(file, program, before, answer, calls=calls, sleeps=sleeps)
            return answer
        return _replay(program, entry)

    def _is_cacheable(self, program: Any) -> bool:
        """Return True where nothing but what its key shows decides what will happen."""
        simulator, world = program.simulator, program.world
        return (
            type(simulator) is Simulator
            and vars(simulator).keys() == SIMULATOR_ATTRIBUTES
            and not simulator.faults.rules
            and simulator.before is simulator.answers is None
            and vars(world).keys() == WORLD_ATTRIBUTES
            and world.clock == program.clock.now
            and vars(program.clock).keys() == {"at", "sleeps"}
            and program.browser is type(program).browser
            and LOCATIONS.isdisjoint(program.settings)
            and not (program.home.is_symlink() or (program.home / ".env").exists() or Path(".env").exists())
            and all(shop.now == world.now and "shopify bulk" not in shop.state for shop in world.shops.values())
            and all(_is_usual(target, name) for patch in PATCHES for target, name, _ in patch._setattr)
            and all(target is os.environ for patch in PATCHES for target, *_ in patch._setitem)
            and not MOCKS
        )

    def _state_of(self, program: Any) -> Any:
        """Return all that decides what a command does, None where it cannot be told."""
        try:
            files, world = [*_files(program.home)], _world_state(program.world)
        except UNSTORABLE:
            return None
        given = program.settings, program.online, program.cron_is_up, program.clock.at
        environment = sorted((name, value) for name, value in os.environ.items() if name not in IGNORED_VARIABLES)
        at_home = [
            (place, mode, "" if place.endswith(".log") else hashlib.blake2b(content).hexdigest())
            for place, mode, content in files
        ]
        return given, environment, _folders(program.home), at_home, world

    def _store(self, file: Path, program: Any, before: Any, answer: Any, *, calls: int, sleeps: int) -> None:
        """Write down what came of it, unless it is of this one place or more than a reader changes."""
        try:
            files, changes = [*_files(program.home)], _changes(before[-1], _world_state(program.world))
        except UNSTORABLE:
            return
        here = str(program.home.parent)
        if here in answer.stdout + answer.stderr or any(here.encode() in content for *_, content in files):
            return
        if changes is None or sum(1 for _ in self.folder.iterdir()) >= LIMIT:
            return
        entry = Entry(
            answer,
            program.clock.at,
            program.clock.sleeps[sleeps:],
            list(program.simulator.requests)[calls:],
            _folders(program.home),
            files,
            pickle.dumps(changes),
        )
        fresh = file.with_name(f"{file.name}.{os.getpid()}")
        fresh.write_bytes(pickle.dumps(entry))
        fresh.replace(file)


def _replay(program: Any, entry: Entry) -> Any:
    """Put everything into the state that *entry* holds, and return its answer."""
    for place, mode in entry.folders:
        folder = program.home / place
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(mode)
    kept = {program.home / place for place, *_ in entry.files}
    for gone in [one for one in program.home.rglob("*") if one.is_file() and one not in kept]:
        gone.unlink()
    for place, mode, content in entry.files:
        file = program.home / place
        file.write_bytes(content)
        file.chmod(mode)
    program.clock.at = entry.at
    program.clock.sleeps += entry.sleeps
    program.simulator.requests.extend(entry.calls)
    for where, name, value in pickle.loads(entry.changes):  # noqa: S301 - our own
        owner = program.world if where is None else program.world.shops[where]
        _put(owner, name, _Unpickler(io.BytesIO(value), program.world).load())
    return entry.answer


def _put(owner: Any, name: str, value: Any) -> None:
    """Change an attribute to *value*: in place, where somebody may hold it."""
    held = getattr(owner, name)
    if isinstance(held, dict) and type(held) is type(value):
        held.clear()
        held.update(value)
    elif isinstance(held, Random):
        held.setstate(value.getstate())
    else:
        setattr(owner, name, value)


def _folders(home: Path) -> list[tuple[str, int]]:
    """Return place and mode of the home and all folders in it."""
    folders = [home, *sorted(home.rglob("*"))] if home.exists() else []
    return [(str(one.relative_to(home)), stat.S_IMODE(one.stat().st_mode)) for one in folders if one.is_dir()]


def _files(home: Path) -> Iterator[tuple[str, int, bytes]]:
    """Yield place, mode and content of all files at home; raises `ValueError` where more is there than files.

    An empty log and its index are left out: SQLite makes them anew.
    """
    for one in sorted(home.rglob("*")):
        mode = one.lstat().st_mode
        is_log = one.name.endswith("-wal")
        if one.name.endswith("-shm") or (is_log and not one.stat().st_size):
            continue
        if is_log or not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise ValueError(one)
        if stat.S_ISREG(mode):
            yield str(one.relative_to(home)), stat.S_IMODE(mode), one.read_bytes()


def _world_state(world: World) -> dict[tuple[Any, str], bytes]:
    """Return what the world and its shops are like, by the names of owner and attribute."""
    found: dict[tuple[Any, str], bytes] = {
        (None, name): _dumps(value) for name, value in vars(world).items() if name not in {"shops", "clock"}
    }
    for key, shop in world.shops.items():
        found |= {(key, name): _dumps(getattr(shop, name)) for name in SHOP_ATTRIBUTES}
    return found


def _changes(before: dict, after: dict) -> list[tuple[Any, str, bytes]] | None:
    """Return what changed; None where it is more than reading changes."""
    if before.keys() != after.keys():
        return None
    changed = [(where, name, value) for (where, name), value in after.items() if before[where, name] != value]
    return None if any(name in NEVER_CHANGED for _, name, _ in changed) else changed


class _Reference:
    """Stands for the world, or the shop *key*, in an entry."""


REFERENCES = {
    World: lambda _world: (_Reference, (None,)),
    Shop: lambda shop: (_Reference, ((shop.platform, shop.key),)),
}
"""How what refers to the world or to a shop is written down."""


class _Unpickler(pickle.Unpickler):
    """Puts the world of now in where it was left out."""

    def __init__(self, file: Any, world: World) -> None:
        super().__init__(file)
        self.world = world

    def find_class(self, module: str, name: str) -> Any:
        if name == "_Reference":
            return lambda key: self.world if key is None else self.world.shops[key]
        return super().find_class(module, name)


def _dumps(value: Any) -> bytes:
    file = io.BytesIO()
    writer = pickle.Pickler(file, protocol=5)
    writer.dispatch_table = copyreg.dispatch_table | REFERENCES
    writer.dump(value)
    return file.getvalue()


SIMULATOR_ATTRIBUTES = vars(Simulator(World(0, lambda: None))).keys()
WORLD_ATTRIBUTES = vars(World(0, lambda: None)).keys()
