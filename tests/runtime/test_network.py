"""Whether this machine has a network at all."""

import socket
import threading

import pytest

from storesync.runtime import network
from storesync.runtime.network import reaches, way_out


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_machine_reaches_itself(host):
    """Its own address needs no network."""
    assert reaches(host)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "", "a" * 300, "böse\x00"])
def test_a_name_without_an_address_is_not_reached(host):
    """Nor is one that cannot be a name."""
    assert not reaches(host)


def test_an_address_without_a_way_is_not_reached(monkeypatch):
    """The name is known, say from a file, but no route leads there."""

    class NoRoute(socket.socket):
        def connect(self, address):
            raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(socket, "socket", NoRoute)
    assert not reaches("127.0.0.1")


def test_a_resolver_that_never_answers_is_not_waited_for(monkeypatch):
    """A black hole where the name server should be."""
    over = threading.Event()
    monkeypatch.setattr(network, "PATIENCE_S", 0.05)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_words, **_how: over.wait(10) and [])
    try:
        assert not reaches("anywhere.example")
    finally:
        over.set()


@pytest.mark.parametrize(
    ("proxy", "hosts"), [(None, ["one", "two"]), ("http://10.0.0.1:3128", ["10.0.0.1"]), ("", ["one", "two"])]
)
@pytest.mark.parametrize("setting", ["HTTPS_PROXY", "ALL_PROXY"])
def test_behind_a_proxy_the_proxy_is_what_must_be_reached(monkeypatch, setting, proxy, hosts):
    """Names outside may have no address inside."""
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    if proxy is not None:
        monkeypatch.setenv(setting, proxy)

    assert way_out(["one", "two"]) == hosts
