"""Find and overwrite copies of erased data in the unused parts of the file's pages.

With ``secure_delete`` SQLite overwrites what it deletes. Where it moves rows between pages, though,
copies stay behind in the gap between a page's cell pointers and its cells
(https://sqlite.org/fileformat2.html#b_tree_pages). A row of the page that fills the gap for a
moment overwrites them; no VACUUM, which would lock and rewrite the whole file, is needed.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from itertools import islice
from mmap import ACCESS_READ, mmap
from pathlib import Path

from storesync.data import dataclass
from storesync.storage.database import Database
from storesync.tables import TABLES

_LEAF = 13
_HEADER = 8
_PAGES_AT_ONCE = 50

_FILLERS = {**dict.fromkeys((*TABLES, "documents"), "synced_at"), "payloads": "body", "quarantine": "payload"}
"""The text column that fills the gap, by table."""


def overwrite(database: Database, is_residue: Callable[[bytes], bool]) -> int:
    """Overwrite the gaps of pages whose bytes *is_residue*; return how many.

    Reads the file, not its write-ahead log. Call it again afterwards: writes of other processes move rows meanwhile.
    """
    found, overwritten = (leaf for leaf in _leaves(database) if is_residue(leaf.gap)), 0
    while some := list(islice(found, _PAGES_AT_ONCE)):
        with database.transaction():
            overwritten += sum(_fill(database, leaf) for leaf in some)
    return overwritten


def found_in(path: Path, texts: Iterable[bytes]) -> set[bytes]:
    """Return those of *texts* that occur anywhere in the file at *path*, none where it is missing or empty."""
    try:
        with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as content:
            return {text for text in texts if content.find(text) >= 0}
    except (OSError, ValueError):
        # There is none, or an empty one.
        return set()


@dataclass(frozen=True)
class _Leaf:
    """A page that holds rows of a table."""

    page: bytes

    @cached_property
    def gap(self) -> bytes:
        """The bytes between the cell pointers and the cells, without the zeros around them."""
        return self.page[self._pointers_end : self._number(5) or len(self.page)].strip(b"\0")

    @property
    def free(self) -> int:
        """How many bytes are left: in the gap, in free blocks, in fragments of up to three bytes."""
        free, block = (self._number(5) or len(self.page)) - self._pointers_end + self.page[7], self._number(1)
        while block:
            free += self._number(block + 2)
            block = self._number(block)
        return free

    @cached_property
    def rows(self) -> dict[int, int]:
        """The size of each row by rowid."""
        return dict(map(self._row, range(_HEADER, self._pointers_end, 2)))

    @property
    def _pointers_end(self) -> int:
        return _HEADER + 2 * self._number(3)

    def _row(self, pointer: int) -> tuple[int, int]:
        size, at = self._varint(self._number(pointer))
        rowid, _ = self._varint(at)
        return rowid, size

    def _number(self, at: int) -> int:
        return int.from_bytes(self.page[at : at + 2], "big")

    def _varint(self, at: int) -> tuple[int, int]:
        value, more = 0, True
        while more:
            value, more, at = value << 7 | self.page[at] & 0x7F, self.page[at] > 0x7F, at + 1  # noqa: PLR2004
        return value, at

    def grown(self, rowid: int, text: int, free: int) -> tuple[int, int]:
        """Return how long a row's text of *text* bytes must be to take *free* bytes more, and what it leaves.

        A row grows no further than to the size that needs no overflow page.
        """
        size, limit = self.rows[rowid], len(self.page) - 35
        cell = _width(size) + _local(size, len(self.page))
        # Two bytes less, for lengths whose own length changes.
        wanted = cell + free - 2
        wanted = min(wanted - _width(wanted), limit)
        length = text + wanted - size
        length += _width(2 * text + 13) - _width(2 * max(length, 0) + 13)
        return (length, cell + free - wanted - _width(wanted)) if length >= 0 else (text, free)


def _leaves(database: Database) -> Iterator[_Leaf]:
    size = int(database.row("PRAGMA page_size")[0])
    with database.path.open("rb") as file:
        while page := file.read(size):
            if page[0] == _LEAF:
                yield _Leaf(page)


def _local(size: int, page: int) -> int:
    """Return how many bytes of a row of *size* stand on its page."""
    if size <= page - 35:
        return size
    least = (page - 12) * 32 // 255 - 23
    local = least + (size - least) % (page - 4)
    return 4 + (local if local <= page - 35 else least)


def _width(number: int) -> int:
    """Return how many bytes SQLite takes for *number* itself."""
    return max(1, (number.bit_length() + 6) // 7)


def _fill(database: Database, leaf: _Leaf) -> bool:
    """Grow the rows of the page until they fill it, and restore them; return whether their table is a known one."""
    marks = ", ".join("?" * len(leaf.rows))
    for table, column in _FILLERS.items():
        rows = database.rows(f"SELECT rowid, id, {column} FROM {table} WHERE rowid IN ({marks})", tuple(leaf.rows))
        if len(rows) < len(leaf.rows) or not all(row[1].encode() in leaf.page for row in rows):
            continue
        free, sql = leaf.free, f"UPDATE {table} SET {column} = ? WHERE rowid = ?"
        for rowid, _, text in rows:
            length, free = leaf.grown(rowid, len(text.encode()), free)
            database.write(sql, ("0" * length, rowid))
        for rowid, _, text in reversed(rows):
            database.write(sql, (text, rowid))
        return True
    return False
