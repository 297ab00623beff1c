"""Fault injection: a plan of rules for what goes wrong between a client and a platform."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any

from storesync.simulator.wire import SimRequest

STARTS_BULK = b"bulkOperationRunQuery"


class Dropped(Exception):
    """The connection ends without an answer. *phase*: ``connect``, ``read`` or ``hang``."""

    def __init__(self, phase: str) -> None:
        super().__init__(phase)
        self.phase = phase


@dataclass(frozen=True, slots=True)
class BulkFault:
    """What goes wrong with one bulk operation of Shopify's.

    *error* ends it as FAILED with that code, *canceled* as CANCELED by Shopify itself; both happen after
    the share *at* of its work, and with *above* only if it has more roots than that. *partial* leaves what
    was written until then at ``partialDataUrl``.
    *keep* shortens the file to that many lines (below zero: by that many), *torn* adds half of
    the next one. *early* lines of children stand before their parent's, *late* ones at the end
    of the file. *no_url* hides the file, *miscount* is added to ``objectCount``.
    *delay* is how many seconds longer it takes; *expired* loses the file as soon as it is done.
    """

    error: str | None = None
    canceled: bool = False
    at: float = 0.5
    above: int | None = None
    partial: bool = False
    keep: int | None = None
    torn: bool = False
    early: int = 0
    late: int = 0
    no_url: bool = False
    miscount: int = 0
    delay: float = 0.0
    expired: bool = False


@dataclass(slots=True)
class Rule:
    """One fault: which requests it matches, which of them it strikes, and what it does.

    A request matches when every given condition holds: *platform*; *shop*, the part after the
    colon of a store's key; *method*; *path*, a substring of path and query; *text*, a substring of
    the body (a GraphQL field or operation). The first *after* matching requests pass, the next *times*
    are struck (None: all).

    *status* answers with *body* and *headers* instead of the platform. *throttled* is Shopify's
    HTTP 200 with the code THROTTLED. *reset* ``connect`` breaks the connection before the platform
    has seen the request, ``read`` after it has acted on it. *gzip* compresses the answer. *truncate*
    cuts its body to that share; *declared* false hides its true length; with *reset* ``read`` the
    connection breaks there. *html* answers 200 with an HTML page. *delay* waits that many seconds, then
    lets the request pass. *hang* never answers. *bulk* matches only requests that start a bulk
    operation, and is what goes wrong with that one.
    """

    platform: str | None = None
    shop: str | None = None
    method: str | None = None
    path: str | None = None
    text: str | None = None
    after: int = 0
    times: int | None = 1
    status: int | None = None
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    throttled: bool = False
    reset: str | None = None
    truncate: float | None = None
    declared: bool = True
    html: bool = False
    gzip: bool = False
    delay: float = 0.0
    hang: bool = False
    bulk: BulkFault | None = None
    met: int = 0

    def meets(self, platform: str, shop: str | None, request: SimRequest) -> bool:
        """Return True if *request* matches this rule."""
        target = request.target
        return (
            self.platform in {None, platform}
            and self.shop in {None, shop}
            and self.method in {None, request.method}
            and (self.path is None or self.path in target)
            and (self.text is None or self.text.encode() in request.body)
            and (self.bulk is None or STARTS_BULK in request.body)
        )

    def strikes(self) -> bool:
        """Count one matching request; return True if it is struck."""
        self.met += 1
        return self.met > self.after and (self.times is None or self.met <= self.after + self.times)


class Faults:
    """The fault plan. Every rule counts all requests that match it; the first rule that strikes is applied."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self.rules = list(rules)

    @classmethod
    def parse(cls, text: str | bytes) -> "Faults":
        """Return the plan in *text*, a JSON array of rules. Raises `ValueError` for anything else."""
        faults = cls()
        rules = json.loads(text)
        if not isinstance(rules, list):
            raise ValueError("a fault plan is a JSON array of rules")  # noqa: TRY004 - a fault of the file
        for rule in rules:
            faults.add(rule)
        return faults

    def add(self, rule: Rule | dict[str, Any]) -> Rule:
        """Add a rule and return it, so that its count can be read. Raises `ValueError` for an unknown key in it."""
        if isinstance(rule, dict):
            _check_words(rule, Rule)
            if isinstance(rule.get("bulk"), dict):
                _check_words(rule["bulk"], BulkFault)
                rule = rule | {"bulk": BulkFault(**rule["bulk"])}
            rule = Rule(**rule)
        self.rules.append(rule)
        return rule

    def clear(self) -> None:
        """Remove all rules: every request passes."""
        self.rules.clear()

    def strike(self, platform: str, shop: str | None, request: SimRequest) -> Rule | None:
        """Let every rule count *request*; return the one that strikes it, None where none does."""
        met = [rule for rule in self.rules if rule.meets(platform, shop, request)]
        struck = [rule for rule in met if rule.strikes()]
        return struck[0] if struck else None


def _check_words(rule: dict[str, Any], kind: type[Rule | BulkFault]) -> None:
    unknown = set(rule) - {known.name for known in fields(kind)}
    if unknown:
        raise ValueError(f"a fault rule knows no {', '.join(sorted(unknown))}")
