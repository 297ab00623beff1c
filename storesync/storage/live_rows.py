"""SQL conditions for the rows that the platform should list: those neither deleted nor lapsed."""

from storesync.tables import RESOURCES


def listed(resource: str, alias: str) -> str:
    """Return the SQL condition that the platform should list a row of *resource*, named *alias* in the query."""
    return " AND ".join(f"{alias}.{column} IS NULL" for column in ends(resource))


def deleted(resource: str, alias: str) -> str:
    """Return the SQL condition that the platform should not list it: it is deleted or lapsed."""
    return f"({' OR '.join(f'{alias}.{column} IS NOT NULL' for column in ends(resource))})"


def ends(resource: str) -> list[str]:
    """Return the columns that say since when the platform no longer lists a row of *resource*."""
    lapses = RESOURCES[resource].lapses
    return ["deleted_at", *([lapses] if lapses else [])]
