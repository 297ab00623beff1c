"""Text that others wrote, made fit to be shown."""

import unicodedata


def clean(text: str | None) -> str:
    """Return a store's text fit for a terminal: no control, bidi or line characters."""
    return "".join(
        sign if unicodedata.category(sign) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} else "�" for sign in text or ""
    )
