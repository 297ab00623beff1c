"""Tiendanube, called Nuvemshop in Brazil: the REST API of https://tiendanube.github.io/api-documentation/."""
