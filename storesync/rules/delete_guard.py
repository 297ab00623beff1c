"""The delete guard: how many deletions at once are applied without a second look. Pure."""

FEW = 10
"""Up to this many deletions at once need no second look."""


def must_hold(deletions: int, *, live: int, share: float) -> bool:
    """True where so many *deletions* at once must wait for confirmation: more than ten and more than *share* of *live*.

    *live* is how many records of the resource are not deleted; *share* is between 0 and 1 (`STORESYNC_MAX_DELETE`).
    """
    return deletions > FEW and deletions > share * live
