"""Finds the home folder, the settings file and the database. Cheap to import, for ticks with nothing due."""

import os
from collections.abc import Mapping


def home_of(environment: Mapping[str, str]) -> str:
    """Return the path of the home folder: ``STORESYNC_HOME``, or else this user's data folder."""
    named = environment.get("STORESYNC_HOME", "").strip()
    if named:
        return os.path.abspath(os.path.expanduser(named))
    from platformdirs import user_data_dir  # noqa: PLC0415 - only where no home is named

    return user_data_dir("storesync", appauthor=False)


def env_file_of(home: str) -> str | None:
    """Return the path of ``.env`` in the home folder or else in the working directory, None if neither exists."""
    candidates = (os.path.join(home, ".env"), os.path.abspath(".env"))
    return next((path for path in candidates if os.path.isfile(path)), None)


def plain_database(
    environment: Mapping[str, str],
    *,
    home: str | None = None,
    database: str | None = None,
    env_file: str | None = None,
) -> str | None:
    """Return the path of the database, or None if the settings file must be parsed or a ping sent.

    *home*, *database* and *env_file* are the global options as typed.
    """
    folder = home_of(environment) if home is None else os.path.expanduser(home)
    file = env_file_of(folder) if env_file is None else env_file
    if environment.get("STORESYNC_PING_URL", _may_set(file, "STORESYNC_PING_URL")):
        return None
    if database is not None:
        return os.path.expanduser(database)
    if "STORESYNC_DATABASE" in environment:
        return os.path.expanduser(environment["STORESYNC_DATABASE"]) or None
    return None if _may_set(file, "STORESYNC_DATABASE") else os.path.join(folder, "storesync.db")


def _may_set(file: str | None, name: str) -> bool:
    """True if *file* mentions *name* outside of comments, or cannot be read."""
    if file is None:
        return False
    try:
        with open(file, "rb") as stream:
            return any(
                name.encode() in line for line in stream.read().splitlines() if not line.lstrip().startswith(b"#")
            )
    except OSError:
        return True
