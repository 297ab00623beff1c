"""Save ticks: proof that cron really ran, and what each minute did."""

from storesync.storage.database import Database


def save_tick(
    database: Database,
    started_at: str,
    ended_at: str,
    *,
    due: int = 0,
    served: int = 0,
    failed: int = 0,
    pending_picked: int = 0,
    exit_code: int = 0,
    error_code: str | None = None,
) -> None:
    """Save one tick: how many stores were due, served and failed, and how it ended (instants as text)."""
    database.write(
        """INSERT OR REPLACE INTO ticks (started_at, ended_at, due, served, failed, pending_picked, exit_code,
                error_code)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
        (started_at, ended_at, due, served, failed, pending_picked, exit_code, error_code),
    )
