"""The database: one SQLite file. No SQL stands outside this package."""
