"""One run of one store: plan, fetch, save a page, reconcile, keep the token alive."""
