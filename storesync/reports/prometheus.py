"""Renders a status report in the Prometheus text format with the official client library. Pure."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from storesync.runtime.text import clean

Report = dict[str, Any]
Value = float | str | bool | None
"""A number, an instant as text, a boolean, or None, which is left out."""

_GROUPS = ("active", "pending", "in_progress", "failed", "needs_reauth", "suspended", "paused")

_STORE: dict[str, tuple[str, Callable[[Report], Value]]] = {
    "last_sync_timestamp_seconds": ("When the store was last read without an error.", lambda one: one["last_sync_at"]),
    "next_sync_timestamp_seconds": ("When the store is read next.", lambda one: one["next_sync_at"]),
    "consecutive_failures": ("Attempts in a row that failed.", lambda one: one["consecutive_failures"]),
    "last_run_seconds": ("How long the last run took.", lambda one: one["last_run_seconds"]),
    "requests_24h": ("Requests of the last 24 hours.", lambda one: one["requests_24h"]),
    "disk_bytes": ("About what the store takes in the database.", lambda one: one["disk_bytes"]),
    "needs_person_timestamp_seconds": (
        "When the connection ends unless a person renews it.",
        lambda one: one["token"]["needs_person_by"] if one["token"] else None,
    ),
}
_RESOURCE: dict[str, tuple[str, str]] = {
    "rows": ("rows", "Live rows."),
    "deleted_rows": ("deleted", "Rows that the platform no longer has."),
    "quarantined": ("quarantined", "Records that could not be read."),
    "held_deletions": ("held_deletions", "Deletions that wait for a second look."),
    "source_count": ("source_count", "How many records the platform counted."),
    "complete_until_timestamp_seconds": ("complete_until", "Every change made before this instant is here."),
}


def metrics_text(report: Report) -> str:
    """Return *report* in the Prometheus text format; instants are seconds since 1970."""
    registry = CollectorRegistry()
    registry.register(_Gauges(report))
    return generate_latest(registry).decode()


class _Gauges(Collector):
    def __init__(self, report: Report) -> None:
        self.report = report

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield from _scheduler(self.report)
        yield from _targets(self.report["targets"])
        yield from _stores(self.report["stores"])
        yield from _resources(self.report["stores"])


def _scheduler(report: Report) -> Iterator[GaugeMetricFamily]:
    scheduler = report["scheduler"]
    yield _single("generated_timestamp_seconds", "When this was written.", report["generated_at"])
    yield _single("scheduler_running", "1 while cron starts sync-due.", scheduler["is_running"])
    yield _single("last_tick_timestamp_seconds", "When the last tick began.", scheduler["last_tick_at"])
    yield _single("last_tick_seconds", "How long the last tick took.", scheduler["last_tick_seconds"])
    yield _single("last_tick_exit_code", "What the last tick ended with.", scheduler["last_tick_exit_code"])
    yield _single("load_needed_per_minute", "Stores to be read in a minute.", scheduler["load"]["needed_per_minute"])
    yield _single("load_capacity_per_minute", "Stores that can be.", scheduler["load"]["capacity_per_minute"])
    values = [({"state": group}, scheduler[f"{group}_stores"]) for group in _GROUPS]
    yield _family("stores", "Stores by state; each is counted once.", ["state"], values)


def _targets(targets: Report) -> Iterator[GaugeMetricFamily]:
    for name, text in (("value", "Measured."), ("goal", "To be reached."), ("met", "1 where it is reached.")):
        values = [({"target": target}, one[name]) for target, one in targets.items()]
        yield _family(f"target_{name}", text, ["target"], values)


def _stores(stores: Iterable[Report]) -> Iterator[GaugeMetricFamily]:
    labels = ("store", "platform", "owner", "sync_status", "connection", "tier")
    values = [({label: one[label] or "" for label in labels}, 1.0) for one in stores]
    yield _family("store_info", "What a store is; always 1.", labels, values)
    for name, (text, value_of) in _STORE.items():
        yield _family(f"store_{name}", text, ["store"], [({"store": one["store"]}, value_of(one)) for one in stores])


def _resources(stores: Iterable[Report]) -> Iterator[GaugeMetricFamily]:
    found = [
        ({"store": store["store"], "resource": resource}, state)
        for store in stores
        for resource, state in store["resources"].items()
    ]
    for name, (key, text) in _RESOURCE.items():
        values = [(labels, state[key]) for labels, state in found]
        yield _family(f"resource_{name}", text, ["store", "resource"], values)
    judged = [({**labels, "verdict": state["verdict"]}, 1.0) for labels, state in found]
    yield _family("resource_verdict", "The verdict; always 1.", ["store", "resource", "verdict"], judged)


def _single(name: str, text: str, value: Value) -> GaugeMetricFamily:
    return _family(name, text, [], [({}, value)])


def _family(
    name: str, text: str, labels: Iterable[str], values: Iterable[tuple[dict[str, str], Value]]
) -> GaugeMetricFamily:
    names = list(labels)
    family = GaugeMetricFamily(f"storesync_{name}", text, labels=names)
    for labelled, value in values:
        if value is not None:
            family.add_metric([clean(labelled[label]) for label in names], _number(value))
    return family


def _number(value: float | str | bool) -> float:  # noqa: FBT001 - what a report holds
    return datetime.fromisoformat(value).timestamp() if isinstance(value, str) else float(value)
