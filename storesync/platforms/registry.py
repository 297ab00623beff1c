"""The registry of platforms: the built-in ones, and plug-ins from the entry points ``storesync.platforms``."""

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from storesync.errors import UsageError
from storesync.platforms.base import Platform
from storesync.runtime.settings import Settings

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from storesync.platforms.http import HttpClient

Factory = Callable[[Settings, "HttpClient"], Platform]


def must_be_known(name: str) -> None:
    """Raise `UsageError` where no platform is called *name*."""
    if _alias_of(name) not in _BUILT_IN and not _plug_ins(name):
        raise _unknown(name)


def open_platform(name: str, settings: Settings, http: "HttpClient") -> Platform:
    """Return the platform called *name*, built-in or plug-in. Raises `UsageError` where there is none."""
    built_in = _BUILT_IN.get(_alias_of(name))
    if built_in is not None:
        return built_in(settings, http)
    for entry in _plug_ins(name):
        factory: Factory = entry.load()
        return factory(settings, http)
    raise _unknown(name)


def _plug_ins(name: str) -> "Collection[EntryPoint]":
    from importlib.metadata import entry_points  # noqa: PLC0415 - slow, and hardly anybody has one

    return entry_points(group="storesync.platforms", name=name)


def _alias_of(name: str) -> str:
    """Return the main name of a platform that has two: Nuvemshop is Tiendanube in Brazil."""
    return "tiendanube" if name == "nuvemshop" else name


def _unknown(name: str) -> UsageError:
    return UsageError(f"no platform is called {name!r}", hint=f"choose one of: {', '.join(sorted(_BUILT_IN))}")


def _shopify(settings: Settings, http: "HttpClient") -> Platform:
    from storesync.platforms.shopify.platform import Shopify  # noqa: PLC0415 - one platform need not load the other

    return Shopify(http, url=settings.shopify_url, version=settings.shopify_version, scopes=settings.shopify_scopes)


def _tiendanube(settings: Settings, http: "HttpClient") -> Platform:
    from storesync.platforms.tiendanube.platform import Tiendanube  # noqa: PLC0415

    return Tiendanube(
        http,
        api_url=settings.tiendanube_api_url,
        auth_url=settings.tiendanube_auth_url,
        version=settings.tiendanube_version,
    )


_BUILT_IN: dict[str, Factory] = {"shopify": _shopify, "tiendanube": _tiendanube}
