"""Looks for running processes by name (Linux ``/proc``)."""

from pathlib import Path

PROCESSES = Path("/proc")


def is_running(*names: str) -> bool | None:
    """True if a process has one of these *names*; None without ``/proc``."""
    if not (PROCESSES / "self" / "comm").exists():
        return None
    return any(_name_of(process) in names for process in PROCESSES.glob("[0-9]*"))


def _name_of(process: Path) -> str:
    try:
        return (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
