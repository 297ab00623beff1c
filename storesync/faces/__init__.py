"""The status report as people and programs see it: on a terminal, as a page, as metrics."""
