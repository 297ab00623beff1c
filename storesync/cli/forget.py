"""`forget`."""

import re
import sys
from typing import Annotated

import typer

from storesync.cli import app
from storesync.cli.receipts import ReceiptFile, Yes, finish, must_be_meant, place_for
from storesync.cli.shared import Json, state_of
from storesync.errors import UsageError
from storesync.personal import Person, email_of

ADDRESS = re.compile(r"[^@\s<>,;:\"\x00-\x1f\ufffd\udc80-\udcff]+@[^@\s<>,;:\"\x00-\x1f\ufffd\udc80-\udcff]+")
"""One e-mail address, without a name around it."""


@app.command()
def forget(
    context: typer.Context,
    *,
    store: Annotated[str, typer.Argument(help="Store key such as shopify:alpha, or alias.")],
    customer: Annotated[
        str | None, typer.Option("--id", help="The platform's id of the customer.", show_default=False)
    ] = None,
    email_stdin: Annotated[bool, typer.Option("--email-stdin", help="Read the e-mail address from stdin.")] = False,
    yes: Yes = False,
    receipt: ReceiptFile = None,
    json: Json = False,  # noqa: ARG001 - remembered by its callback
) -> None:
    """Erase one customer of a store, and keep them out.

    What is personal goes from customers, orders, checkouts and draft orders; the figures stay.
    """
    from storesync import forgetting  # noqa: PLC0415 - heavy
    from storesync.app import places_of  # noqa: PLC0415
    from storesync.storage.stores import find_stores  # noqa: PLC0415

    person = _person(customer, email_stdin=email_stdin)
    state = state_of(context)
    with state.tools() as tools, place_for(receipt) as place:
        [chosen] = find_stores(tools.database, [store])
        count = forgetting.count_records(tools, chosen, person)
        must_be_meant(f"{chosen.key} has {count:,} records of this person. Forget them for ever?", yes=yes)
        done = forgetting.forget(tools, chosen, person, places=lambda: places_of(state.settings()))
        told = "forgotten" if count else "nobody by that name is here, and a mark keeps them out"
        finish(state, done, place, told)


def _person(customer: str | None, *, email_stdin: bool) -> Person:
    if customer is None and not email_stdin:
        raise UsageError("name the customer to forget", hint="give --id ID, or --email-stdin")
    ids = frozenset({customer.strip().rsplit("/", 1)[-1]} if customer is not None else ())
    emails = frozenset({email_of(sys.stdin.readline())} if email_stdin else ())
    if "" in ids or not all(ADDRESS.fullmatch(email) for email in emails):
        raise UsageError("that is neither an id nor an e-mail address", hint="give --id ID, or the address on stdin")
    return Person(ids, emails)
