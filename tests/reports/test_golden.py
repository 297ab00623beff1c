"""One report, four faces: each shows the same scene as it was drawn up, word for word."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.kits.samples import golden
from tests.kits.scene import set_scene
from tests.kits.terminals import OURS
from tests.reports.test_terminal import on_terminal


@pytest.fixture
def scene(program):
    """A store in every state."""
    set_scene(program)
    return program


@pytest.mark.parametrize("width", [80, 200])
def test_the_table_is_the_golden_one(scene, monkeypatch, width):
    """At the usual widths; no line is longer than the terminal."""
    shown = OURS.sub("", on_terminal(scene, monkeypatch, width))

    assert shown == golden(f"status-{width}.txt", shown)
    assert max(map(len, shown.splitlines())) <= width


@pytest.mark.parametrize(("form", "name"), [("json", "json"), ("html", "html"), ("prometheus", "prom")])
def test_the_other_faces_are_the_golden_ones(scene, form, name):
    """Programs, browsers and Prometheus are told the same."""
    shown = scene("status", "--format", form).stdout

    assert shown == golden(f"status.{name}", shown)


def test_prometheus_reads_what_the_report_says(scene):
    """By Prometheus' own parser: the counters are those of the JSON, and each store and verdict is a sample."""
    text = scene("status", "--format", "prometheus").stdout
    found = {family.name: family.samples for family in text_string_to_metric_families(text)}
    report = scene("status", "--json").json
    states = {sample.labels["state"]: sample.value for sample in found["storesync_stores"]}
    verdicts = {
        (one.labels["store"], one.labels["resource"]): one.labels["verdict"]
        for one in found["storesync_resource_verdict"]
    }

    assert states == {state: report["scheduler"][f"{state}_stores"] for state in states}
    assert sum(states.values()) == report["scheduler"]["total_stores"] == 7
    assert verdicts == {
        (store["store"], name): resource["verdict"]
        for store in report["stores"]
        for name, resource in store["resources"].items()
    }
    assert all(sample.value == 1 for sample in found["storesync_resource_verdict"])
