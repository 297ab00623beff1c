"""Shopify: the Admin API of https://shopify.dev/docs/api/admin-graphql."""
