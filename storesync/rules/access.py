"""Access rules for an agent's SQL: what it may read, and which resources it is about. Pure."""

from collections.abc import Collection, Mapping

from storesync.data import dataclass
from storesync.tables import BOOKKEEPING, LEADING, RESOURCES, TABLES, TRAILING

LONGEST = 50_000
"""The most characters of a statement; a longer one is a mistake."""

_AS_SENT = {"payloads": "body", "quarantine": "payload"}
"""The columns with the JSON that the platform sent, personal data included, by table."""

_KINDS = {"store_id": "I", "id": "T", **dict.fromkeys(TRAILING, "D")}

# The numbers of https://sqlite.org/c3ref/c_alter_table.html.
_READ, _SELECT, _FUNCTION, _RECURSIVE = 20, 21, 31, 33

_FUNCTIONS = frozenset(
    # Scalar, aggregate, window, JSON, date and math functions, with those that operators stand for.
    """
    abs char coalesce concat concat_ws format glob hex if ifnull iif instr length like likelihood likely lower ltrim
    max min nullif octet_length printf quote replace round rtrim sign substr substring trim typeof unhex unicode
    unistr unlikely upper
    avg count group_concat median percentile percentile_cont percentile_disc string_agg sum total
    cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank row_number
    -> ->> json json_array json_array_length json_each json_error_position json_extract json_group_array
    json_group_object json_insert json_object json_patch json_pretty json_quote json_remove json_replace json_set
    json_tree json_type json_valid
    current_date current_time current_timestamp date datetime julianday strftime time timediff unixepoch
    acos acosh asin asinh atan atan2 atanh ceil ceiling cos cosh degrees exp floor ln log log10 log2 mod pi pow power
    radians sin sinh sqrt tan tanh trunc
    """.split()  # noqa: SIM905 - to be read
)
_TABLES_OF_JSON = frozenset({"json_each", "json_tree"})


@dataclass(frozen=True, slots=True)
class Shown:
    """A column that may be read; *kind* is as in `storesync.tables`, empty where none is declared."""

    name: str
    kind: str
    personal: bool


RELATIONS: Mapping[str, tuple[Shown, ...]] = {
    **{
        table.name: (
            *(Shown(name, _KINDS[name], personal=False) for name in LEADING),
            *(Shown(column.name, column.kind, column.personal) for column in table.columns),
            *(Shown(name, _KINDS[name], personal=False) for name in TRAILING),
        )
        for table in TABLES.values()
    },
    "currencies": (Shown("code", "T", personal=False), Shown("minor_units", "I", personal=False)),
    **{
        table: tuple(Shown(name, "", personal=name == _AS_SENT.get(table)) for name in names)
        for table, names in BOOKKEEPING.items()
    },
}
"""The tables that may be read, with their columns that may be read."""


@dataclass(frozen=True, slots=True)
class Permit:
    """What one statement may access.

    *shown* are the names that it may use. The tables behind these views, *beneath*, may be read in the attached
    database *place*, whose name the statement cannot know.
    """

    shown: frozenset[str]
    beneath: frozenset[str]
    place: str

    def allows(self, action: int, name: str | None, place: str | None) -> bool:
        """Return whether SQLite's authoriser should allow *action* on *name*, a table or function, in *place*.

        The numbers of actions are SQLite's: https://sqlite.org/c3ref/c_alter_table.html.
        """
        if action in {_SELECT, _RECURSIVE}:
            return True
        if action == _FUNCTION:
            return name in _FUNCTIONS
        if action != _READ:
            return False
        if place is None:
            # No column of it is read: it may be a name that the statement gave to a part of itself.
            return True
        if place == self.place:
            return name in self.beneath
        return name in (self.shown if place == "temp" else _TABLES_OF_JSON)


def refusal_of(action: int, name: str | None) -> str:
    """Return the message that says why *action* on *name* is refused."""
    if action == _READ:
        return f"{name} is not open to you"
    if action == _FUNCTION:
        return f"the function {name}() is not open to you"
    return "only one SELECT that reads is possible: nothing can be written, attached or set"


def resources_of(tables: Collection[str]) -> tuple[str, ...]:
    """Return the resources that rows of *tables* belong to."""
    if _AS_SENT.keys() & set(tables):
        return tuple(RESOURCES)
    return tuple(name for name, resource in RESOURCES.items() if {name, *resource.children} & set(tables))
