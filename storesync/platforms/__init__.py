"""The platforms that storesync can read."""
