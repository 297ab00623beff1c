"""What the fields of one request look at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storesync.simulator.shop import App, Shop
    from storesync.simulator.shopify.access import Access
    from storesync.simulator.shopify.execute import Run


@dataclass(frozen=True, slots=True)
class View:
    """One request's view of one shop, through the eyes of *app*, which reaches it at *base*."""

    shop: Shop
    app: App
    access: Access
    run: Run
    base: str = ""

    def on(self, run: Run) -> View:
        """Return the same view for another *run*."""
        return replace(self, run=run)

    def demand(self, kind: str, name: str) -> None:
        """Raise the refusal of the field *name* where *kind* is closed to the token."""
        refusal = self.access(kind, name)
        if refusal is not None:
            raise refusal
