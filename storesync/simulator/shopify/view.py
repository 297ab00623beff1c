"""The context of one request that its fields are answered from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storesync.simulator.shop import App, BulkAccess, Shop
    from storesync.simulator.shopify.access import Access
    from storesync.simulator.shopify.execute import Run


@dataclass(frozen=True, slots=True)
class View:
    """The view of one shop for one request of *app*, which reaches it at the URL *base*.

    *schema* is the text of the schema of the API version that answers, None for the simulator's own.
    *bulk_access* is the app's permission to start bulk operations, None where it needs none.
    """

    shop: Shop
    app: App
    access: Access
    run: Run
    base: str = ""
    schema: str | None = None
    bulk_access: BulkAccess | None = None

    def on(self, run: Run) -> View:
        """Return a copy of the view for another *run*."""
        return replace(self, run=run)

    def demand(self, kind: str, name: str) -> None:
        """Raise the `FieldError` for the field *name* where the token may not read *kind*."""
        refusal = self.access(kind, name)
        if refusal is not None:
            raise refusal
