"""One report, four faces: each shows the same scene as it was drawn up, word for word."""

import pytest
from samples import golden
from scene import set_scene
from terminals import OURS
from test_terminal import on_terminal


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
