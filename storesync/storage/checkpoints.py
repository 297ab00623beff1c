"""Load and save checkpoints: how far each resource of a store has been read."""

import json
from collections.abc import Callable
from dataclasses import asdict, fields
from typing import Any

from storesync.errors import FieldMissing
from storesync.model import Checkpoint, LeftOut
from storesync.runtime.instants import instant_of, text_of
from storesync.storage.database import Database
from storesync.tables import DEFAULT

_INSTANTS = frozenset(
    {
        "watermark",
        "complete_until",
        "last_pass_at",
        "looked_back_at",
        "drifted_at",
        "deep_drifted_at",
        "pass_since",
        "pass_started_at",
        "counted_at",
        "compared_at",
        "comparison_started_at",
        "doubted_at",
        "denied_at",
        "limited_since",
    }
)
_NOTHING = "[]"
_NAMES = tuple(field.name for field in fields(Checkpoint))
_FOUND = f"SELECT {', '.join(_NAMES)}, store_id FROM checkpoints"
_SAVE = f"""INSERT INTO checkpoints (store_id, {", ".join(_NAMES)})
    VALUES (:store_id, {", ".join(f":{name}" for name in _NAMES)})
    ON CONFLICT (store_id, resource) DO UPDATE SET
    {", ".join(f"{name} = excluded.{name}" for name in _NAMES if name != "resource")}"""


def load_checkpoints(database: Database, store_id: int) -> dict[str, Checkpoint]:
    """Return the checkpoints of a store by resource."""
    return {row["resource"]: _checkpoint(row) for row in database.rows(f"{_FOUND} WHERE store_id = ?", (store_id,))}


def load_all_checkpoints(database: Database) -> dict[int, dict[str, Checkpoint]]:
    """Return the checkpoints of every store, by store id and resource."""
    found: dict[int, dict[str, Checkpoint]] = {}
    for row in database.rows(_FOUND):
        found.setdefault(row["store_id"], {})[row["resource"]] = _checkpoint(row)
    return found


_READ = f"""FROM checkpoints JOIN stores ON stores.id = store_id
    WHERE connection <> 'disconnected' AND (stores.resources = '[]' AND checkpoints.resource IN {DEFAULT}
        OR EXISTS (SELECT 1 FROM json_each(stores.resources) AS wanted WHERE wanted.value = checkpoints.resource))"""


def load_left_out(database: Database) -> list[tuple[str, LeftOut]]:
    """Return the fields that stores are read without, each with the store's key."""
    rows = database.rows(f"SELECT key, left_out {_READ} AND left_out <> '[]' ORDER BY key")
    return [(row[0], _left_out(one)) for row in rows for one in json.loads(row[1])]


def load_unread(database: Database) -> list[tuple[str, str, str]]:
    """Return the resources that cannot be read for want of a field: the store's key, resource, error."""
    rows = database.rows(f"SELECT key, resource, error {_READ} AND error_code = ? ORDER BY key", (FieldMissing.code,))
    return [(row[0], row[1], row[2]) for row in rows]


def save_checkpoint(database: Database, store_id: int, checkpoint: Checkpoint) -> None:
    """Save *checkpoint* inside the caller's transaction."""
    values = {name: getattr(checkpoint, name) for name in _NAMES}
    for name in _INSTANTS:
        values[name] = text_of(values[name])
    left_out = [asdict(one) | {"at": text_of(one.at)} for one in checkpoint.left_out]
    values["left_out"] = json.dumps(left_out) if left_out else _NOTHING
    database.write(_SAVE, {"store_id": store_id, **values})


def _checkpoint(row: Any) -> Checkpoint:
    values = list(row)
    for place, read in _READ_BY.items():
        values[place] = read(values[place])
    return Checkpoint(*values[: len(_NAMES)])


def _parts_left_out(text: str) -> tuple[LeftOut, ...]:
    return () if text == _NOTHING else tuple(_left_out(one) for one in json.loads(text))


def _left_out(one: dict[str, Any]) -> LeftOut:
    return LeftOut(**{**one, "scopes": tuple(one["scopes"]), "at": instant_of(one["at"])})


_READ_BY: dict[int, Callable[[Any], Any]] = {
    **{place: instant_of for place, name in enumerate(_NAMES) if name in _INSTANTS},
    _NAMES.index("comparison_due"): bool,
    _NAMES.index("left_out"): _parts_left_out,
}
