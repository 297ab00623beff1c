"""Another Unix user, of a group that may read: asks the database with a program of its own, and writes nothing."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp

import pytest

OWNER, READER, GROUP = 64_001, 64_002, 64_100

takes_root = pytest.mark.skipif(os.geteuid() != 0, reason="to be another Unix user takes root")

ASKING = """
def ask():
    connection = sqlite3.connect("file:{database}?mode=ro", uri=True)
    try:
        print(connection.execute("{question}").fetchall())
    finally:
        connection.close()
"""

LIBRARIES = {"Python's own": "import sqlite3"} | (
    {"bundled": "import pysqlite3.dbapi2 as sqlite3"} if find_spec("pysqlite3") else {}
)
"""What imports each SQLite that is here."""


@dataclass(frozen=True)
class User:
    """A Unix user without a name."""

    uid: int
    gid: int
    groups: tuple[int, ...] = ()

    def runs(self, code: str, *, after: str = "", environment: dict[str, str] | None = None) -> str:
        """Return what Python prints that is this user from *code* on; *after* is what it loads as root."""
        become = (
            f"import os; os.umask(0o027); os.setgroups({[*self.groups]}); os.setgid({self.gid}); os.setuid({self.uid})"
        )
        words = [sys.executable, "-c", f"{after}\n{become}\n{code}"]
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path), **(environment or {})}
        return _printed(words, environment)

    def types(self, *words: str) -> str:
        """Return what a program of the system prints that this user starts."""
        groups = ["--groups", ",".join(map(str, self.groups))] if self.groups else ["--clear-groups"]
        needed = [shutil.which(name) for name in ("setpriv", words[0])]
        if None in needed:
            pytest.skip(f"setpriv or {words[0]} is not installed")
        return _printed(["setpriv", "--reuid", str(self.uid), "--regid", str(self.gid), *groups, *words])


owner = User(OWNER, OWNER)
"""Who runs storesync, and is not of the group of the readers."""

reader = User(READER, READER, (GROUP,))
"""Who may read, and writes nowhere."""


def read(database: Path, question: str, *, library: str = "import sqlite3", user: User = reader) -> str:
    """Return the rows that *user* gets, as Python prints them, or the name of the error and its words."""
    asking = f"{library}\n{ASKING.format(database=database, question=question)}"
    return user.runs(
        "try: ask()\nexcept sqlite3.Error as error: print(type(error).__name__, error, sep=': ')", after=asking
    )


@contextmanager
def open_folder() -> Iterator[Path]:
    """Yield a folder into which everybody may go: pytest's own are for this user alone."""
    folder = Path(mkdtemp(dir=os.environ.get("PYTEST_DEBUG_TEMPROOT"), prefix="storesync-readers-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def share(home: Path, *, gid: int = GROUP, uid: int = 0) -> None:
    """Let the group read the database, as the manual tells."""
    for path in (home, *home.iterdir()):
        os.chown(path, uid, -1)
    os.chown(home, -1, gid)
    home.chmod(0o2750)
    for path in home.glob("storesync.db*"):
        os.chown(path, -1, gid)
        path.chmod(0o640)


def beside(database: Path) -> dict[str, int]:
    """Return the sizes of the files that SQLite keeps beside *database*, by their endings."""
    return {
        end: Path(f"{database}-{end}").stat().st_size for end in ("wal", "shm") if Path(f"{database}-{end}").exists()
    }


def _printed(words: Sequence[str], environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
