"""The interface by which work on stores reports its progress."""

from typing import Protocol


class Progress(Protocol):
    """Receives the progress of work on stores, one store after the other. Called from several threads."""

    def begins(self, store: str) -> None:
        """Work on the store with this key begins."""
        ...

    def moves(self, resource: str, work: str, done: int, total: int | None) -> None:
        """Some *work*, such as ``read``, is done for *done* of *total* records of *resource* (None if unknown)."""
        ...

    def waits(self, seconds: float) -> None:
        """Work waits so many seconds for the platform."""
        ...


class Silent:
    """Ignores all progress."""

    def begins(self, store: str) -> None:
        """Show nothing."""

    def moves(self, resource: str, work: str, done: int, total: int | None) -> None:
        """Show nothing."""

    def waits(self, seconds: float) -> None:
        """Show nothing."""
