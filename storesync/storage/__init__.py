"""Storage: the database, one SQLite file. All SQL of storesync is in this package."""
