"""Reads the parameters of requests to the simulated Tiendanube API, and makes refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from storesync.simulator.wire import SimRequest

Record = dict[str, Any]


class Refused(Exception):
    """A refusal, with the status, body and headers of the platform's answer."""

    def __init__(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        super().__init__(status)
        self.status, self.body, self.headers = status, body, headers or {}


def unprocessable(name: str, message: str) -> Refused:
    """Return a refusal of one parameter, in the documented shape of validation errors."""
    envelope = {"code": 422, "message": "Unprocessable Entity", "description": "Validation error"}
    return Refused(422, envelope | {name: [message]})


def only(record: Record, fields: str | None) -> Record:
    """Return the top-level *fields* (separated by commas) of a record, all of them where none are given."""
    if not fields:
        return record
    wanted = {name.strip() for name in fields.split(",")}
    shown = {name: value for name, value in record.items() if name in wanted}
    if "number" in shown:
        # The example of the documentation prints it as a string under `fields`, a number elsewhere.
        shown["number"] = str(shown["number"])
    return shown


def count_asked(request: SimRequest, name: str, default: int) -> int:
    """Return the number in the parameter *name* (of a page, or of records in it). Raises `Refused`."""
    value = request.query.get(name, str(default))
    if not value.isascii() or not value.isdigit() or int(value) < 1:
        raise unprocessable(name, f"The {name} must be a positive integer.")
    return int(value)
