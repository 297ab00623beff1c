"""Data classes as those of `dataclasses`, declared in a tenth of the time.

The standard library compiles six methods of each class when it is declared. For all of ours that took as long as it
takes to import Typer. Here the constructor is compiled for the first instance, and the other methods are shared.
"""

import dataclasses
from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # noqa: PLC0414 - exports it
else:

    def dataclass(*, frozen: bool = False, slots: bool = False, eq: bool = True) -> Callable[[type], type]:
        """Return a decorator that does what `dataclasses.dataclass` does with these options.

        The functions of `dataclasses` (`fields`, `replace`, `asdict`, `astuple`) work on its classes.
        """

        def declared(bare: type) -> type:
            methods = {"__init__": _first_init, "__repr__": _repr}
            if eq:
                methods |= {"__eq__": _eq, "__hash__": _hash if frozen else None}
            if frozen:
                methods |= {"__setattr__": _refuse, "__delattr__": _refuse, "__setstate__": _restore}
            own = vars(bare).keys()
            made = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots)(bare)
            for name in methods.keys() - own:
                setattr(made, name, methods[name])
            return made

        return declared


def _first_init(self: Any, *values: Any, **named: Any) -> None:
    """Put the constructor of this class in the place of this function, and call it."""
    cls: Any = next(cls for cls in type(self).__mro__ if "__dataclass_fields__" in vars(cls))
    cls.__init__ = _init_of(cls)
    cls.__init__(self, *values, **named)


def _init_of(cls: Any) -> Callable[..., None]:
    """Return the constructor of *cls*. A field without ``init`` is left to ``__post_init__``."""
    known: dict[str, Any] = {"missing": dataclasses.MISSING, "set_field": object.__setattr__}
    parameters, lines = ["self"], []
    for field in dataclasses.fields(cls):
        name, value, default = field.name, field.name, ""
        if field.default is not dataclasses.MISSING:
            known[f"default_{name}"] = field.default
            default = f"=default_{name}"
        elif field.default_factory is not dataclasses.MISSING:
            known[f"new_{name}"] = field.default_factory
            default, value = "=missing", f"new_{name}() if {name} is missing else {name}"
        if not field.init:
            continue
        parameters.append(f"{name}{default}")
        lines.append(f"set_field(self, {name!r}, {value})" if cls.__setattr__ is _refuse else f"self.{name} = {value}")
    lines += ["self.__post_init__()"] if hasattr(cls, "__post_init__") else []
    exec(f"def __init__({', '.join(parameters)}):\n  " + "\n  ".join(lines or ["pass"]), known)  # noqa: S102 - from our own declarations
    made: Callable[..., None] = known["__init__"]
    return made


@cache
def _values_of(cls: Any) -> Callable[[Any], Any]:
    """Return the function that gives the values by which instances of *cls* are compared."""
    return attrgetter(*(field.name for field in dataclasses.fields(cls) if field.compare))


def _eq(self: Any, other: Any) -> Any:
    if type(self) is not type(other):
        return NotImplemented
    values_of: Callable[[Any], Any] = _values_of(self.__class__)
    return values_of(self) == values_of(other)


def _hash(self: Any) -> int:
    return hash(_values_of(self.__class__)(self))


def _repr(self: Any) -> str:
    shown = (f"{field.name}={getattr(self, field.name)!r}" for field in dataclasses.fields(self) if field.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _refuse(self: Any, name: str, *_: Any) -> None:
    raise dataclasses.FrozenInstanceError(f"{type(self).__qualname__}.{name} cannot be changed")


def _restore(self: Any, state: dict[str, Any] | tuple[None, dict[str, Any]]) -> None:
    """Set the fields of a frozen copy."""
    for name, value in (state if isinstance(state, dict) else state[1]).items():
        object.__setattr__(self, name, value)
