"""How a resource of Shopify is read, and the lists nested in its records: what the table of sources is made of."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import field
from typing import Any, Literal

from storesync.data import dataclass
from storesync.model import Cadence, Drift

Grain = Literal["second", "day", "shop"]
"""How a filter on the update time matches: by the second, by whole days, or by the shop's own clock."""


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection nested in a record; in a whole record it is a plain list under the same name.

    *field* is its name in the record, or in the object or the objects of a list that the record has *under*
    another name; with *kind*, only in objects whose type begins so. *holder* is the type of those. *rest* is the
    document that reads its further pages, None where only its first node is wanted. *child* is the type of its
    nodes, None for any type that no other connection has.

    What proves that a list is whole: *counted*, the field beside it with its count, or *summed*, a field beside it
    and the quantity or the price of each node, which add up to no less. Where that is *vague*, it may be otherwise.
    One that *reverses* can be read from its end as well, and so is twice as long as others may be.
    A list without such a proof that has *many* nodes is not believed to be whole where Shopify wrote it to a file.
    """

    field: str
    rest: str | None
    child: str | None
    holder: str
    under: str | None = None
    kind: str = ""
    counted: str | None = None
    summed: tuple[str, str] | None = None
    is_vague: bool = False
    reverses: bool = False
    many: int = 100

    @property
    def part(self) -> str:
        """The name of the connection among the parts of documents."""
        return f"{self.holder}.{self.field}"

    def holders(self, record: Any) -> Sequence[dict[str, Any]]:
        """Return the objects in *record* that have the connection; lists may be plain or still pages."""
        if self.under is None:
            return [record] if isinstance(record, dict) else []
        found: Any = record.get(self.under)
        if isinstance(found, dict):
            nodes = found.get("nodes")
            found = nodes if isinstance(nodes, list) else [found]
        if not found:
            return []
        objects = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
        return [each for each in objects if str(each.get("__typename")).startswith(self.kind)] if self.kind else objects


@dataclass(frozen=True, slots=True)
class Source:
    """How one resource is read.

    *root* is the connection of all records or, with *parent*, the one in each record of that resource. It is a field
    of the root or, *within* an object of the root that may be null, of that: then there is nothing to read.
    *type_name* is the records' GraphQL type, *scopes* are all that a token needs (any one *instead* of them does as
    well) or, where *any_scope* will do, those of which each shows its part. *size* is the first page size;
    *first_size* that of a request for several resources (per parent), 0 for one that is not in it.
    *updated_at* is the path to the update time and *dated* the filter that knows it; of records without one, both are
    about when they were made, if they are *is_dated* at all. *is_filtered*: listed by that time; without that, read
    whole. *by_id*: listed by id, where no order by update time exists. *newest_first*: no filter knows the update
    time, so that an increment is listed from the record updated last, by a document of its own, until what was updated
    before. *is_counted*: Shopify counts the records of the listing; without that, it is taken to be as long as that of
    the resource *like*, or to be short where there is none. *windowed_by* is the instant in whose windows a long bulk
    operation is cut. *remainder* is the document for what a bulk operation leaves out; without one the whole record is
    read. *wider*, *widest*: see `ResourceSpec`. *subjects*: the types in Shopify's deletion events, with our tables.

    Records without an id are told apart by their parent, which each is given under the name *held_as*, and by the id
    at the path *key*, by which *key_field* filters; *promised* is the parent's field with their number.

    *held*: the records are not what is listed, but the nodes of this connection in it; *holder* is the field under
    which each of them then has what holds it. What is counted and filtered are the holders.
    A resource with *parts* is read by these sources, one after another; *part* is the name of one. Parts that have
    *arguments* share a document with these variables.
    """

    resource: str
    root: str
    type_name: str
    scopes: tuple[str, ...]
    size: int
    first_size: int = 0
    instead: tuple[str, ...] = ()
    connections: tuple[Connection, ...] = ()
    updated_at: tuple[str, ...] = ("updatedAt",)
    dated: str = "updated_at"
    grain: Grain = "second"
    is_dated: bool = True
    is_filtered: bool = True
    by_id: bool = False
    newest_first: bool = False
    is_counted: bool = True
    like: str | None = "products"
    windowed_by: str = "created_at"
    any_scope: bool = False
    parent: str | None = None
    within: str | None = None
    held_as: str | None = None
    key: tuple[str, ...] = ("id",)
    key_field: str = "id"
    promised: str | None = None
    remainder: str | None = None
    cadence: Cadence = "due"
    drift: Drift = "none"
    wider: tuple[str, ...] = ()
    widest: str | None = None
    subjects: Mapping[str, str] = field(default_factory=dict)
    held: str | None = None
    holder: str = ""
    part: str | None = None
    parts: tuple["Source", ...] = ()
    arguments: Mapping[str, str] = field(default_factory=dict)

    @property
    def document(self) -> str:
        """The name of the document that lists it; that of the ids ends in ``_versions``."""
        return f"{self.resource}_{self.part}" if self.part and not self.arguments else self.resource

    @property
    def nodes(self) -> str:
        """The name of the document that reads what is listed by global id."""
        return f"{self.resource}_owners" if self.held and self.part else f"{self.resource}_nodes"

    @property
    def list_name(self) -> str:
        """The name, among the parts of documents, of the list that holds the records."""
        if self.held:
            return f"{self.type_name}.{self.held}"
        return f"Shop.{self.root}" if self.within else f"QueryRoot.{self.root} of {self.part}"

    @property
    def lists(self) -> tuple["Source", ...]:
        """The sources that are listed: its parts, or itself."""
        return self.parts or (self,)

    @property
    def count(self) -> str:
        """The name of the field that counts all records, where there is one."""
        return f"{self.root}Count"

    @property
    def alternatives(self) -> tuple[str, ...]:
        """The scopes of which any one gives access; a token needs further ones only beside the first."""
        return self.scopes if self.any_scope else (*self.scopes[:1], *self.instead)

    def is_open_to(self, scopes: Collection[str]) -> bool:
        """Return whether a token with *scopes* may read the records."""
        if self.any_scope or self.instead:
            return any(scope in scopes for scope in self.alternatives)
        return {*self.scopes} <= {*scopes}

    @property
    def single(self) -> str:
        """The name of a single record among the fields of the root, such as ``priceList``."""
        return f"{self.type_name[0].lower()}{self.type_name[1:]}"

    def gid(self, record_id: str) -> str:
        """Return the global id for our *record_id*; for an ``item:location`` pair that of the item."""
        return f"gid://shopify/{self.type_name}/{record_id.partition(':')[0]}"
