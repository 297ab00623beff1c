"""Full-text search: find the documents that have all the words, the best first."""

import unicodedata
from collections.abc import Sequence

from storesync.data import dataclass
from storesync.errors import UsageError
from storesync.rules.documents import SEPARATOR, SOURCES
from storesync.storage.database import Database
from storesync.storage.documents import NUMBERED, RESOURCE_BIT, STORE_BIT

MOST_WORDS = 32
LONGEST = 1_000
"""The most characters of a search; a longer one is a mistake."""

_BEGIN, _END = "\ufdd0", "\ufdd1"
"""Markers around the words found: characters that no text has, since Unicode reserves them for such uses."""

CONSIDERED = 5_000
"""The most documents that are ranked; where more have all the words, the oldest orders are left out first."""

_RESOURCE = f"rowid >> {RESOURCE_BIT}"
_STORE = f"rowid >> {STORE_BIT} & {(1 << RESOURCE_BIT - STORE_BIT) - 1}"

_IS_TEXT = f"number >> {RESOURCE_BIT} > {NUMBERED.index('products')}"
"""Whether a document is of a page or an article: among equally good hits these come last, and products first."""

_WEIGHTS = "10.0, 5.0, 1.0, 3.0"
"""The weights of title, keywords, body and people in the ranking."""

_AROUND = 16
"""The number of words of a snippet."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A record that has all the words; *snippet* is a part of its text, *marks* the (start, end) of the words in it.

    A higher *score* is better among the hits of one search. *title* is empty for a customer unless people are
    searched.
    """

    store: str
    resource: str
    id: str
    title: str
    snippet: str
    score: float
    updated_at: str | None
    marks: tuple[tuple[int, int], ...] = ()


def search(
    database: Database,
    text: str,
    *,
    stores: Sequence[int] = (),
    resources: Sequence[str] = (),
    people: bool = False,
    limit: int = 20,
) -> list[Hit]:
    """Return up to *limit* live records that have all words of *text*, the last one as a prefix; the best first.

    Without *stores* (their ids) or *resources*, all are searched. Only with *people* are records found by personal
    data, and only then do titles and snippets show them. Raises `UsageError` where *text* has no word or is too
    long, or a resource cannot be searched.
    """
    for name in resources:
        if name not in SOURCES:
            raise UsageError(f"{name} cannot be searched", hint=f"choose from {', '.join(SOURCES)}")
    matching = _matching(text) if people else f"{{title keywords body}} : ({_matching(text)})"
    best = dict(_best(database, matching, stores, resources, limit))
    snippets = _snippets(database, matching, list(best))
    return [_hit(database, number, score, snippets[number], people=people) for number, score in best.items()]


def _matching(text: str) -> str:
    """Return *text* as an FTS5 query, each word quoted so that nothing in it is an operator."""
    if len(text) > LONGEST:
        raise UsageError(
            f"a search has at most {LONGEST:,} characters", hint="name a few words: storesync search camiseta azul"
        )
    words = list(dict.fromkeys(word for word in text.replace("\0", " ").split() if any(map(_is_sought, word))))
    if len(words) > MOST_WORDS:
        raise UsageError(f"a search has at most {MOST_WORDS} words", hint="name a few: storesync search camiseta azul")
    if not words:
        raise UsageError("there is no word to look for", hint="name one: storesync search camiseta azul")
    return " ".join(_quoted(word) for word in words) + "*"


def _is_sought(sign: str) -> bool:
    """Return whether *sign* is part of a word, as the index sees it."""
    return unicodedata.category(sign)[0] in "LN" or unicodedata.category(sign) == "Co"


def sound(text: str) -> str:
    """Return *text* with each lone surrogate, which UTF-8 cannot encode, replaced; terminals may pass them."""
    return text.encode("utf-8", "replace").decode()


def _quoted(word: str) -> str:
    return '"' + sound(word).replace('"', '""') + '"'


def _best(
    database: Database, matching: str, stores: Sequence[int], resources: Sequence[str], limit: int
) -> list[tuple[int, float]]:
    """Return (number, score) of the best documents, from the index alone."""
    kinds = [NUMBERED.index(name) for name in resources]
    filters = [(_STORE, stores), (_RESOURCE, kinds)]
    wanted = "".join(f" AND {place} IN ({', '.join('?' * len(some))})" for place, some in filters if some)
    sql = f"""SELECT number, worse FROM (
            SELECT rowid AS number, bm25(search, {_WEIGHTS}) AS worse FROM search
            WHERE search MATCH ?{wanted} ORDER BY rowid DESC LIMIT {CONSIDERED})
        ORDER BY worse, {_IS_TEXT}, number DESC LIMIT ?"""
    return [(row[0], -row[1]) for row in database.rows(sql, (matching, *stores, *kinds, limit))]


def _snippets(database: Database, matching: str, numbers: Sequence[int]) -> dict[int, str]:
    """Return the snippets of documents by number, in one query: one each would search the whole prefix again."""
    sql = f"""SELECT rowid, snippet(search, -1, '{_BEGIN}', '{_END}', '…', {_AROUND}) FROM search
        WHERE search MATCH ? AND +rowid IN ({", ".join("?" * len(numbers))}) ORDER BY rowid DESC LIMIT ?"""
    return {row[0]: row[1] for row in database.rows(sql, (matching, *numbers, len(numbers)))}


def _hit(database: Database, number: int, score: float, snippet: str, *, people: bool) -> Hit:
    found = database.row(
        """SELECT stores.key, resource, documents.id, title, people, store_id
        FROM documents JOIN stores ON stores.id = store_id WHERE number = ?""",
        (number,),
    )
    sql = f"SELECT updated_at FROM {found['resource']} WHERE store_id = ? AND id = ?"
    updated = database.row(sql, (found["store_id"], found["id"]))
    title = found["title"] or (found["people"].partition(SEPARATOR)[0] if people else "")
    plain, marks = _unmarked(snippet)
    return Hit(
        found["key"], found["resource"], found["id"], title, plain, round(score, 4), updated and updated[0], marks
    )


def _unmarked(snippet: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Return *snippet* without the markers in it, and the (start, end) of the words between them."""
    plain, marks, began = "", [], 0
    for sign in snippet:
        if sign == _BEGIN:
            began = len(plain)
        elif sign == _END:
            marks.append((began, len(plain)))
        else:
            plain += sign
    return plain, tuple(marks)
