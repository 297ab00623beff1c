"""An address is read where there is exactly one that a machine can have on the internet."""

import pytest

from storesync.platforms.addresses import address_in


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("203.0.113.9\n", "203.0.113.9"),
        ('{"ip":"2001:db8::9"}', "2001:db8::9"),
        ("IP:8.8.8.8 is not allowed.", "8.8.8.8"),
        ("8.8.8.8 (8.8.8.8)", "8.8.8.8"),
        ("[2001:DB8:0::9]", "2001:db8::9"),
        ("your IP 203.0.113.9, allowed: 198.51.100.0/24", "203.0.113.9"),
        ("203.0.113.9 or 198.51.100.3", None),
        ("10.0.0.1, 127.0.0.1, ::1, fe80::1", None),
        ("203.0.113.0/24", None),
        ("203.0.113.256", None),
        ("version 1.2.3.4.5 at 2026-11-30T12:30:45Z", None),
        ("", None),
    ],
)
def test_the_address_in_a_text(text, address):
    """IPv4 and IPv6; neither networks nor private addresses nor what only looks like one."""
    assert address_in(text) == address
