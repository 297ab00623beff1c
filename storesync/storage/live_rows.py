"""Which rows the platform should list: those neither deleted nor, where records lapse, lapsed."""

from storesync.tables import RESOURCES


def listed(resource: str, alias: str) -> str:
    """Return the condition that a row of *resource* is one that the platform should list."""
    return " AND ".join(f"{alias}.{column} IS NULL" for column in ends(resource))


def deleted(resource: str, alias: str) -> str:
    """Return the condition that a row of *resource* is one that it should not."""
    return f"({' OR '.join(f'{alias}.{column} IS NOT NULL' for column in ends(resource))})"


def ends(resource: str) -> list[str]:
    """Return the columns that say since when the platform lists a row of *resource* no longer."""
    lapses = RESOURCES[resource].lapses
    return ["deleted_at", *([lapses] if lapses else [])]
