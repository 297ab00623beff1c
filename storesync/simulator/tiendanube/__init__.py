"""A simulated Tiendanube: its API, OAuth and lists."""
