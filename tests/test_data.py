"""Our data classes against those of the standard library."""

import dataclasses
import pickle

import pytest

from storesync.data import dataclass


def declared(decorator, **options):
    @decorator(**options)
    class Point:
        """A class with every kind of field that ours have."""

        x: int
        y: int = 2
        seen: list[int] = dataclasses.field(default_factory=list)
        secret: str = dataclasses.field(default="hush", repr=False, compare=False)
        later: int = dataclasses.field(init=False)

        def __post_init__(self):
            object.__setattr__(self, "later", 7)

    return Point


@dataclass(frozen=True, slots=True)
class Kept:
    """What can be found by its name, as pickle wants it."""

    x: int
    y: list[int]


OPTIONS = [{"frozen": True, "slots": True}, {"slots": True}, {"slots": True, "eq": False}]
VALUES = [((1,), {}), ((1, 3), {"seen": [4]}), ((), {"x": 1, "secret": "loud"}), ((1, 2, [], "s"), {})]


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("values", VALUES)
def test_an_instance_is_as_the_librarys(options, values):
    """Its values, its text, its dict, and what `replace` makes of it."""
    arguments, named = values
    ours, theirs = (declared(one, **options)(*arguments, **named) for one in (dataclass, dataclasses.dataclass))

    assert repr(ours) == repr(theirs)
    assert dataclasses.asdict(ours) == dataclasses.asdict(theirs)
    assert dataclasses.astuple(dataclasses.replace(ours, y=9)) == dataclasses.astuple(dataclasses.replace(theirs, y=9))
    assert not hasattr(ours, "__dict__")


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("values", [(), (1, 2, [], "s", 7), ("x", "y", "z", "s", "t", "u")])
def test_wrong_arguments_are_refused_in_the_same_words(options, values):
    """Too few, or too many."""
    told = []
    for one in (dataclass, dataclasses.dataclass):
        with pytest.raises(TypeError) as refused:
            declared(one, **options)(*values)
        told.append(str(refused.value).rpartition("__init__()")[2])

    assert told[0] == told[1]


def test_fields_that_count_make_instances_equal():
    """Those of one class only; what is frozen is hashed by them, and what can change not at all."""
    frozen, changing = declared(dataclass, frozen=True, slots=True), declared(dataclass, slots=True)
    plain = declared(dataclass, slots=True, eq=False)

    assert frozen(1, secret="a") == frozen(1, secret="b") != frozen(2)
    assert frozen(1) != changing(1) == changing(1)
    assert plain(1) != plain(1)
    assert hash(Kept(1, 2)) == hash(Kept(1, 2))
    with pytest.raises(TypeError):
        hash(changing(1))


def test_a_frozen_instance_stays_as_it_is():
    """Nothing is set or taken away."""
    one = declared(dataclass, frozen=True, slots=True)(1)

    with pytest.raises(dataclasses.FrozenInstanceError):
        one.x = 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        del one.x
    assert one.x == 1


def test_an_instance_that_can_change_does():
    """Until then nothing is shared."""
    one, other = (declared(dataclass, slots=True)(1) for _ in range(2))
    one.seen.append(2)

    assert (one.seen, other.seen) == ([2], [])


def test_a_frozen_instance_can_be_copied():
    """By pickle, as between processes."""
    assert pickle.loads(pickle.dumps(Kept(1, [2]))) == Kept(1, [2])  # noqa: S301 - our own
