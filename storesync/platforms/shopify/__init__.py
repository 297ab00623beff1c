"""The Shopify platform."""

from storesync.platforms.shopify.platform import Shopify

__all__ = ["Shopify"]
