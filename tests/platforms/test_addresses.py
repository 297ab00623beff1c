"""An address is read where it is clear which one is ours."""

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
        ("::ffff:203.0.113.9 is not allowed", "203.0.113.9"),
        ("203.0.113.9, ::ffff:203.0.113.9", "203.0.113.9"),
        ("Your IP is not in the allowlist 198.51.100.7", None),
        ("IP not allowed (allowed: 198.51.100.7)", None),
        ('{"errors": "IP not allowed", "allowed_ips": ["198.51.100.7", "198.51.100.8"]}', None),
        ("Access is only permitted from 198.51.100.7", None),
        ("Requests are not allowed from 203.0.113.9", "203.0.113.9"),
        ("Not allowed: 203.0.113.9. Allowlist: 198.51.100.7", None),
        ("198.51.100.7 and 198.51.100.8 may; you come from 203.0.113.9", "203.0.113.9"),
        ('{"client_ip": "203.0.113.9", "server": "198.51.100.1"}', "203.0.113.9"),
        ("198.51.100.7 is allowed, 203.0.113.9 is not", None),
        ("10.0.0.1, 127.0.0.1, ::1, fe80::1", None),
        ("203.0.113.0/24", None),
        ("203.0.113.256", None),
        ("version 1.2.3.4.5 at 2026-11-30T12:30:45Z", None),
        ("", None),
    ],
)
def test_the_address_in_a_text(text, address):
    """IPv4 and IPv6; neither what is allowed, nor networks nor private addresses nor what only looks like one."""
    assert address_in(text) == address
