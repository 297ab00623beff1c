"""How far work on a store has got, for whoever looks on."""

from typing import Protocol


class Progress(Protocol):
    """Somebody who looks on while stores are worked on, one after the other. Told from several threads."""

    def begins(self, store: str) -> None:
        """Hear that the store with this key is worked on from now on."""
        ...

    def moves(self, resource: str, work: str, done: int, total: int | None) -> None:
        """Hear that *done* of *total* records are through a kind of *work*, such as ``read``; None where unknown."""
        ...

    def waits(self, seconds: float) -> None:
        """Hear that nothing happens for so long because the platform wants it so."""
        ...


class Silent:
    """Nobody looks on."""

    def begins(self, store: str) -> None:
        """Show nothing."""

    def moves(self, resource: str, work: str, done: int, total: int | None) -> None:
        """Show nothing."""

    def waits(self, seconds: float) -> None:
        """Show nothing."""
