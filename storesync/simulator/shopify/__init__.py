"""A simulated Shopify: its API, OAuth, bulk operations and their files."""
