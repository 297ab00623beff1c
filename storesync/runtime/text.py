"""Formats text for output: untrusted text without control characters, rates, and counts with their noun."""

import unicodedata
from math import isinf


def clean(text: str | None) -> str:
    """Return untrusted *text* safe for a terminal: control, bidi and line break characters are replaced."""
    return "".join(
        sign if unicodedata.category(sign) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} else "�" for sign in text or ""
    )


def rate(value: float) -> str:
    """Format a number per minute: with two significant digits below ten, as a whole number from there on."""
    if isinf(value):
        return "any number"
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"  # noqa: PLR2004


def counted(count: int, thing: str) -> str:
    """Format a count with its noun: ``1 record``, ``2,000 records``."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"
