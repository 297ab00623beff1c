"""Syncs one store: plans passes, fetches and saves pages, reconciles ids, renews the token."""
