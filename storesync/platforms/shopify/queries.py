"""The documents sent to Shopify: each operation put together with the fragments that it spreads."""

import re
from functools import cache
from importlib.resources import files

_SPREAD = re.compile(r"\.\.\.([A-Z]\w*)")
_FOLDER = files(__package__) / "documents"


@cache
def document(name: str) -> str:
    """Return the operation called *name*, whole, with every fragment that it needs."""
    texts = {name: _read(f"{name}.graphql")}
    missing = _spread(texts[name])
    while missing:
        fragment = missing.pop()
        if fragment not in texts:
            texts[fragment] = _read(f"fragments/{fragment}.graphql")
            missing += _spread(texts[fragment])
    return "\n".join(texts.values())


def names() -> list[str]:
    """Return the names of all operations."""
    return sorted(entry.name.removesuffix(".graphql") for entry in _FOLDER.iterdir() if entry.name.endswith(".graphql"))


def _spread(text: str) -> list[str]:
    return _SPREAD.findall(text)


def _read(path: str) -> str:
    return (_FOLDER / path).read_text(encoding="utf-8")
