"""Words for a reader: text that others wrote, made fit to be shown, and counts."""

import unicodedata
from math import isinf


def clean(text: str | None) -> str:
    """Return a store's text fit for a terminal: no control, bidi or line characters."""
    return "".join(
        sign if unicodedata.category(sign) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} else "�" for sign in text or ""
    )


def rate(value: float) -> str:
    """Return how many a minute, in as many digits as somebody wants to read."""
    if isinf(value):
        return "any number"
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"  # noqa: PLR2004


def counted(count: int, thing: str) -> str:
    """Return how many things there are, in words: ``1 record``, ``2,000 records``."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"
