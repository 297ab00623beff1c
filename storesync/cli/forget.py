"""The command `forget`."""

import re
import sys
from collections.abc import Sequence
from functools import partial
from typing import Annotated

import typer

from storesync.cli.command import command_app
from storesync.cli.options import Json, OneStore
from storesync.cli.output import tell
from storesync.cli.receipts import ReceiptFile, Yes, finish, must_be_meant, place_for
from storesync.cli.state import state_of
from storesync.errors import UsageError
from storesync.rules.personal import Person, email_of
from storesync.runtime.text import counted

ADDRESS = re.compile(r"[^@\s<>,;:\"\x00-\x1f\ufffd\udc80-\udcff]+@[^@\s<>,;:\"\x00-\x1f\ufffd\udc80-\udcff]+")
"""A bare e-mail address without a display name."""


app = command_app()


@app.command(
    epilog="Example: storesync forget shopify:alpha --id 1234 --receipt receipt.json\n\nMore: storesync help privacy"
)
def forget(
    ctx: typer.Context,
    *,
    store: OneStore,
    customer: Annotated[
        list[str] | None,
        typer.Option("--id", help="The platform's id of the customer; may be repeated.", show_default=False),
    ] = None,
    email_stdin: Annotated[
        bool, typer.Option("--email-stdin", help="Read e-mail addresses from stdin, one a line, to its end.")
    ] = False,
    lost_key: Annotated[
        bool, typer.Option("--lost-key", help="Give up the marks of those forgotten before, which need a lost key.")
    ] = False,
    yes: Yes = False,
    receipt: ReceiptFile = None,
    json: Json = False,  # noqa: ARG001 - remembered by its callback
) -> None:
    """Erase customers of a store, and keep them out.

    What is personal goes from customers, orders, checkouts and draft orders; the figures stay.
    """
    from storesync.app.wiring import places_of  # noqa: PLC0415
    from storesync.storage.stores import find_stores  # noqa: PLC0415
    from storesync.stores import erasure  # noqa: PLC0415 - heavy

    person = _person(customer or (), email_stdin=email_stdin)
    state = state_of(ctx)
    with state.context() as context, place_for(receipt) as place:
        [chosen] = find_stores(context.database, [store])
        count = erasure.count_records(context, chosen, person)
        who = "this person" if len(person.ids) <= 1 and len(person.emails) <= 1 else "these people"
        question = f"{chosen.key} has {counted(count, 'record')} of {who}. Forget them for ever?"
        if void := erasure.count_void(context, chosen) if lost_key else 0:
            marks = f"Without their key {counted(void, 'mark')} of people forgotten before keep nobody out"
            question = f"{marks}: whoever of them is not named now comes back. {question}"
        must_be_meant(question, yes=yes)
        places = partial(places_of, state.settings())
        done = erasure.forget(context, chosen, person, places=places, is_key_lost=lost_key)
        message = "forgotten" if count else "nobody by that name is here, and a mark keeps them out"
        finish(state, done, place, message)


def _person(customers: Sequence[str], *, email_stdin: bool) -> Person:
    if not customers and not email_stdin:
        raise UsageError("name the customer to forget", hint="give --id ID, or --email-stdin")
    ids = frozenset(customer.strip().rsplit("/", 1)[-1] for customer in customers)
    if email_stdin and sys.stdin.isatty():
        tell("Type the e-mail addresses, one a line; Ctrl-D ends them:")
    emails = frozenset(email_of(line) for line in sys.stdin if line.strip()) if email_stdin else frozenset()
    named = bool(emails) or not email_stdin
    if "" in ids or not named or not all(ADDRESS.fullmatch(email) for email in emails):
        raise UsageError("that is neither an id nor an e-mail address", hint="give --id ID, or the address on stdin")
    return Person(ids, emails)
