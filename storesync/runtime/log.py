"""The log: one JSON line per event, rotated by size, readable by its owner only.

A log that cannot be written never stops a sync.
"""

import json
import logging
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

ROTATE_BYTES = 10 * 1024 * 1024


class _JsonLines(logging.Handler):
    """Appends JSON lines to a file that other processes append to as well."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def emit(self, record: logging.LogRecord) -> None:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
        }
        if record.exc_info and record.exc_info[0]:
            line["traceback"] = _trace(record)
        try:
            descriptor = os.open(self._path, os.O_CREAT | os.O_APPEND | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
            with os.fdopen(descriptor, "a", encoding="utf-8") as stream:
                stream.write(json.dumps(line) + "\n")
                full = stream.tell() > ROTATE_BYTES
            if full:
                self._path.replace(self._path.with_suffix(".log.1"))
        except OSError:
            return


def _trace(record: logging.LogRecord) -> list[str]:
    """Return the traceback of an unexpected error without its message, which may quote personal data."""
    import traceback  # noqa: PLC0415 - only for errors nobody foresaw

    if record.exc_info is None or record.exc_info[1] is None:
        return []
    error = record.exc_info[1]
    frames = [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)]
    return [*frames, type(error).__name__]


def show_log(stream: TextIO) -> None:
    """Write every event of storesync to *stream* too, as plain lines."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger = logging.getLogger("storesync")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)


def start_log(path: Path, level: str) -> None:
    """Write events of storesync's loggers of *level* and above to the file at *path*."""
    logger = logging.getLogger("storesync")
    logger.handlers = [_JsonLines(path)]
    logger.setLevel(level.upper())
    logger.propagate = False
