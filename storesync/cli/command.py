"""Builds the Typer application that each command module of this package has as `app`."""

from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup


def command_app(**more: Any) -> typer.Typer:
    """Return a Typer application with the defaults of this program; *more* are parameters of `typer.Typer`."""
    return _App(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None, cls=Group, **more)


class _WithoutPydantic:
    """Spares a command pydantic for parameters that need no conversion.

    Typer imports it for each parameter that is no flag, typed or not; that takes as long as all the rest of Typer.
    """

    def get_params(self, ctx: Any) -> Any:
        """Return the parameters, each with a conversion of ours in the place of Typer's."""
        parameters = super().get_params(ctx)  # type: ignore[misc]
        for parameter in parameters:
            # A Typer that has no such attribute takes no notice of it.
            parameter._runtime_param = _Conversion()  # noqa: SLF001
        return parameters


class _Conversion:
    """Leaves defaults and texts as they are, and everything else to Typer."""

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        if value is None:
            return () if param.multiple or param.nargs == -1 else None
        if value == param.default or param.type_descriptor.annotation in (str, list[str]):
            return value
        param._runtime_param = None  # noqa: SLF001
        return param.get_runtime_param().coerce(value, param=param, ctx=ctx)


class Command(_WithoutPydantic, TyperCommand):
    """A command of this program."""


class Group(_WithoutPydantic, TyperGroup):
    """A group of commands of this program."""


class _App(typer.Typer):
    def command(self, name: str | None = None, **more: Any) -> Any:
        return super().command(name, cls=Command, **more)
