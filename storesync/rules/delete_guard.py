"""How many deletions at once are believed without a second look. Pure."""

FEW = 10
"""Up to this many deletions at once need no second look."""


def brakes(gone: int, *, live: int, share: float) -> bool:
    """True where so many deletions at once are to be held: more than ten and more than *share* of all."""
    return gone > FEW and gone > share * live
