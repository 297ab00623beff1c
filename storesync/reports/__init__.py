"""Renders results: JSON answers, terminal tables, the HTML page, Prometheus metrics, the manual."""
