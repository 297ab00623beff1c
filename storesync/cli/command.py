"""Builds the Typer application that each command module of this package has as `app`."""

from typing import Any

import typer


def command_app(**more: Any) -> typer.Typer:
    """Return a Typer application with the defaults of this program; *more* are parameters of `typer.Typer`."""
    return typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None, **more)
