"""The Shopify platform."""

from storesync.platforms.shopify.platform import DEFAULT_SCOPES, Shopify

__all__ = ["DEFAULT_SCOPES", "Shopify"]
