"""Keeps your shops in a database."""

__version__ = "0.1.0"
