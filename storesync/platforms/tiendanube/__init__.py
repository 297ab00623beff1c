"""Tiendanube, called Nuvemshop in Brazil: the REST API of https://tiendanube.github.io/api-documentation/."""

from storesync.platforms.tiendanube.platform import Tiendanube

__all__ = ["Tiendanube"]
