"""Decisions as pure functions, without I/O: frozen data and the time go in, what to do comes out."""
