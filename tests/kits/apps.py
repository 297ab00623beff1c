"""Shopify shops that are connected with one app, whose allow-list a test may close."""

from tests.kits.browser import configure
from tests.kits.program import Program

FORMS = ["words in JSON", "words in HTML", "words in GraphQL", "an empty body", "no words in JSON"]
SILENT = ["an empty body", "no words in JSON"]
ENTER = "https://dev.shopify.com/dashboard (the app, Settings, IP allowlist)"


def connect(program: Program, *keys: str) -> None:
    """Connect a shop of one order for each of *keys* with the operator's app."""
    configure(program, "shopify", 8721)
    for key in keys:
        program.world.add_shop("shopify", key, orders=1)
        assert program("connect", "shopify", key, "--client-credentials", "--only", "orders").code == 0


def shut(program: Program, form: str = "words in JSON") -> None:
    """Close the app to this machine, which is answered in this *form* from now on."""
    program.world.allow_list = {"198.51.100.7"}
    program.world.refusal = form


def let_in(program: Program) -> None:
    """Enter this machine's address."""
    program.world.allow_list = {program.world.address}
