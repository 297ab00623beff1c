"""Where things are: the home folder, the settings file, the database. Light, for the idle minute."""

import os
from collections.abc import Mapping


def home_of(environment: Mapping[str, str]) -> str:
    """Return the home folder: ``STORESYNC_HOME``, else this user's data folder."""
    named = environment.get("STORESYNC_HOME", "").strip()
    if named:
        return os.path.abspath(os.path.expanduser(named))
    from platformdirs import user_data_dir  # noqa: PLC0415 - only where no home is named

    return user_data_dir("storesync", appauthor=False)


def env_file_of(home: str) -> str | None:
    """Return the settings file: ``.env`` in the home folder, else in the working directory."""
    candidates = (os.path.join(home, ".env"), os.path.abspath(".env"))
    return next((path for path in candidates if os.path.isfile(path)), None)


def plain_database(
    environment: Mapping[str, str],
    *,
    home: str | None = None,
    database: str | None = None,
    env_file: str | None = None,
) -> str | None:
    """Return where the database is, None where only the whole program can tell, or is needed to ping.

    *home*, *database* and *env_file* are the options before the command, as they were typed.
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
    """Tell whether *file* mentions *name* outside of the comments that a copied example is made of."""
    if file is None:
        return False
    try:
        with open(file, "rb") as stream:
            return any(
                name.encode() in line for line in stream.read().splitlines() if not line.lstrip().startswith(b"#")
            )
    except OSError:
        return True
