"""The API's fields for bulk operations: start, query, list, cancel."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from storesync.simulator.faults import BulkFault
from storesync.simulator.past import Past
from storesync.simulator.shop import seeded
from storesync.simulator.shopify import list_fields
from storesync.simulator.shopify.bulk import ACTIVE, URL_LIFE, Bulk, Operation, bulk_of
from storesync.simulator.shopify.bulk_files import Spool
from storesync.simulator.shopify.bulk_lines import (
    AccessDenied,
    Reader,
    Result,
    shape_of,
    write_grouped,
    write_scattered,
)
from storesync.simulator.shopify.bulk_past import PastWriter, end_of, joined
from storesync.simulator.shopify.bulk_rules import BulkRefused, root_of
from storesync.simulator.shopify.execute import FieldError, Nested, Run, complete, described
from storesync.simulator.shopify.lists import LISTINGS
from storesync.simulator.shopify.search import Fields, read, searched
from storesync.simulator.shopify.storage import signed_url
from storesync.simulator.shopify.values import gid, instant

if TYPE_CHECKING:
    from collections.abc import Callable

    from storesync.simulator.shop import Shop
    from storesync.simulator.shopify.document import Selection
    from storesync.simulator.shopify.execute import Node
    from storesync.simulator.shopify.view import View

NAMES = frozenset({"bulkOperation", "bulkOperations", "bulkOperationRunQuery", "bulkOperationCancel"})
KIND = "BulkOperation"
PREFIX = gid(KIND, "")
# The schema has one name, the guide the other.
SEARCHED = Fields(
    times={"created_at": "created_at", "completed_at": "completed_at"},
    texts={"status": "status", "operation_type": "type", "type": "type"},
    words=("query",),
)


DENIED = "Access denied for bulkOperationRunQuery field."
"""The wording is not documented."""


class WholeRefused(Exception):
    """A refusal that leaves no data at all; *error* is the entry of ``errors``."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error["message"])
        self.error = error


def value(view: View, name: str, arguments: dict[str, Any]) -> Any:
    """Return the value of the root field *name*."""
    if name == "bulkOperationRunQuery":
        return _run_query(view, arguments["query"], grouped=arguments["groupObjects"])
    if name == "bulkOperationCancel":
        return _cancel(view, arguments["id"])
    if name == "bulkOperations":
        return Nested(_listed(view, arguments))
    if not arguments["id"].startswith(PREFIX):
        raise FieldError(f"Invalid id: {arguments['id']}", "RESOURCE_NOT_FOUND")
    return node(view, arguments["id"])


def node(view: View, operation_id: str) -> Node | None:
    """Return the node of the ``BulkOperation`` with the global id *operation_id*, None where there is none."""
    operation = bulk_of(view.shop).operations.get(operation_id.removeprefix(PREFIX))
    return None if operation is None else _node(view, operation)


def _node(view: View, operation: Operation, status: str | None = None) -> Node:
    bulk = bulk_of(view.shop)
    now = bulk.now()
    status = status or operation.status(now)
    done = status in {"COMPLETED", "EXPIRED"}
    share, extra = operation.share(now), operation.fault.miscount if done else 0
    if status == "CREATED":
        share = 0.0
    objects = int(operation.result.objects * share)
    return {
        "__typename": KIND,
        "id": gid(KIND, operation.number),
        "completedAt": instant(operation.ends_at) if done else None,
        "createdAt": instant(operation.created_at),
        "errorCode": operation.error_code if status == "FAILED" else None,
        "fileSize": str(_stored_size(bulk, operation)) if done and objects else None,
        "objectCount": str(objects + extra),
        "partialDataUrl": _url(view, operation, "partial") if operation.is_partial(now) and objects else None,
        "query": operation.query,
        "rootObjectCount": str(int(operation.result.roots * share)),
        "status": status,
        "type": "QUERY",
        "url": _url(view, operation) if _shows_file(operation, status) else None,
    }


def _shows_file(operation: Operation, status: str) -> bool:
    """True if there is a file to download; there is none where nothing matched."""
    return status == "COMPLETED" and operation.result.objects > 0 and not operation.fault.no_url


def _stored_size(bulk: Bulk, operation: Operation) -> int:
    """Return a file's stored size, which in recorded operations differs from its length."""
    known = bulk.files.get(bulk.file_name(operation))
    return known[1].size + 795 if known else 0


def _url(view: View, operation: Operation, part: str = "final") -> str:
    name = bulk_of(view.shop).file_name(operation, part)
    return signed_url(view.base, view.app, name, operation.number, operation.ends_at + URL_LIFE)


def _run_query(view: View, query: str, *, grouped: bool) -> Node:
    bulk, access = bulk_of(view.shop), view.bulk_access
    if access is not None and not access.allows(bulk.now()):
        return _denied(access.form)
    try:
        connection = root_of(query, bulk.loose, view.schema)
    except BulkRefused as refused:
        return _payload(None, [_error(message, "INVALID", ["query"]) for message in refused.messages])
    active = bulk.active()
    if len(active) >= bulk.slots:
        return _payload(None, [_full(view.shop, active)])
    fault = bulk.faults.popleft() if bulk.faults else BulkFault()
    result, error = _execute(view, connection, (query, grouped), fault)
    if access is not None:
        access.started = bulk.now()
    return _payload(_node(view, bulk.start(query, result, fault, error=error), "CREATED"), [])


def _denied(form: str) -> Node:
    """Refuse a start for want of the app's permission, in this *form* (see `BulkAccess`)."""
    refused = FieldError(DENIED, "ACCESS_DENIED")
    if form == "user error":
        return _payload(None, [_error(DENIED, "ACCESS_DENIED")])
    if form == "null":
        raise refused
    error = described(refused, ["bulkOperationRunQuery"])
    if form == "no path":
        del error["path"]
    raise WholeRefused(error)


def _full(shop: Shop, active: list[Operation]) -> Node:
    """Return the refusal of a start while all slots are taken.

    Two error codes are documented; which of them applies to several slots is not.
    """
    if shop.quirk("answer to a bulk operation too many"):
        return _error("Bulk operations limit reached. Please try again later.", "LIMIT_REACHED")
    message = "A bulk query operation for this app and shop is already in progress"
    return _error(f"{message}: {gid(KIND, active[0].number)}.", "OPERATION_IN_PROGRESS")


def _execute(view: View, connection: Selection, key: tuple[str, bool], fault: BulkFault) -> tuple[Result, str | None]:
    """Return the result of the query now, and an error code if it fails."""
    bulk = bulk_of(view.shop)
    known = bulk.remembered.get(key) if bulk.remembered is not None else None
    if known is not None:
        return known, None
    run = Run(view.run.look_up, view.run.access, view.run.withheld, {})
    reader = Reader(run, partial(_connection, view.on(run)), shape_of(connection), bulk.nested_limit)
    try:
        result = _written(view, reader, fault, grouped=key[1])
    except AccessDenied:
        return Result(Spool(), 0, 0), "ACCESS_DENIED"
    except FieldError as refused:
        code = refused.extensions["code"]
        return Result(Spool(), 0, 0), code if code == "ACCESS_DENIED" else "INTERNAL_SERVER_ERROR"
    if bulk.remembered is not None:
        bulk.remembered[key] = result
    return result, None


def _connection(view: View, name: str, selection: Selection) -> Any:
    """Return a page of the root connection *name*, as a bulk operation reads it."""
    if name in NAMES:
        return complete(view.run, selection, value(view, name, view.run.arguments(selection)))
    return list_fields.answer(view, name, selection)


def _written(view: View, reader: Reader, fault: BulkFault, *, grouped: bool) -> Result:
    connection = reader.shape.connection
    orders: Any = view.shop.resources["orders"]
    is_plain = not (connection.has_argument("sortKey") or connection.has_argument("reverse"))
    if isinstance(orders, Past) and connection.nodes[0].name.value == "orders" and is_plain:
        own = _written_one_by_one(view, reader, fault, grouped=grouped, after=end_of(orders))
        writer = PastWriter(reader, view.shop, orders, _suits(view, reader))
        return joined(writer.grouped() if grouped else writer.scattered(), own)
    return _written_one_by_one(view, reader, fault, grouped=grouped)


def _written_one_by_one(
    view: View, reader: Reader, fault: BulkFault, *, grouped: bool, after: str | None = None
) -> Result:
    groups = reader.groups(after)
    if grouped:
        return write_grouped(groups, fault)
    return write_scattered(groups, seeded(view.shop.seed, view.shop.key, len(bulk_of(view.shop).operations)))


def _suits(view: View, reader: Reader) -> Callable[[dict[str, Any]], bool] | None:
    """Return the predicate that orders must satisfy, None where all do."""
    connection, access = reader.shape.connection, view.access
    test = searched(reader.run, view.shop, LISTINGS["orders"].fields, connection, connection.arguments({})).test
    if test is None:
        return None if access.shows_all("Order") else lambda order: access.shows("Order", order)
    return lambda order: test(order) and access.shows("Order", order)


def _error(message: str, code: str, path: list[str] | None = None) -> Node:
    return {"code": code, "field": path, "message": message}


def _payload(operation: Node | None, errors: list[Node]) -> Node:
    return {"bulkOperation": operation, "userErrors": errors}


def _cancel(view: View, operation_id: str) -> Node:
    bulk = bulk_of(view.shop)
    operation = bulk.operations.get(operation_id.removeprefix(PREFIX))
    if operation is None:
        return _payload(None, [{"field": ["id"], "message": "Bulk operation does not exist"}])
    status = operation.status(bulk.now())
    if status not in ACTIVE:
        message = f"A bulk operation cannot be canceled when it is {status.lower()}"
        return _payload(_node(view, operation), [{"field": None, "message": message}])
    operation.canceled_at = operation.canceled_at or bulk.now()
    return _payload(_node(view, operation), [])


def _listed(view: View, arguments: dict[str, Any]) -> list[Node]:
    """Return the nodes of the app's operations that match *arguments*, newest first."""
    bulk = bulk_of(view.shop)
    now = bulk.now()
    search = read(arguments.get("query"), SEARCHED, view.shop.time_zone)
    by_end = arguments.get("sortKey") == "COMPLETED_AT"
    operations = sorted(
        bulk.operations.values(),
        key=lambda operation: (operation.ends_at if by_end else operation.created_at, operation.number),
        reverse=True,
    )
    return [
        _node(view, operation)
        for operation in operations
        if search.test is None or search.test(_searchable(operation, now))
    ]


def _searchable(operation: Operation, now: Any) -> dict[str, Any]:
    return {
        "id": operation.number,
        "created_at": operation.created_at,
        "completed_at": operation.ends_at,
        "query": operation.query,
        "status": operation.status(now),
        "type": "QUERY",
    }
