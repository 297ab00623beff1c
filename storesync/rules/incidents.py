"""Which problems are reported, and when: at the beginning, once a day while they last, at the end. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from storesync.data import dataclass
from storesync.model import Incident, LeftOut, Store
from storesync.rules.apps import title_of
from storesync.rules.bulk import HELP, refusal
from storesync.rules.health import REFUSALS, complaint
from storesync.rules.outages import Outage
from storesync.runtime.instants import is_within
from storesync.runtime.text import counted

REMINDER = timedelta(days=1)
GRAVE_FAILURES = REFUSALS
"""A store with this many failures in a row is worth a notice; until then it may well recover by itself."""
FAILED_COMPARISONS = 3
"""This many failed comparisons of ids in a row, an hour apart under cron, are reported."""

OVER = "over"
"""The kind of an incident that is over, until the notice of its end has been sent."""

NEWS = "news"
"""The kind of an incident that only tells of a change: it is over as soon as it is told."""

_OVER = {
    "failed": "is in sync again",
    "needs_reauth": "is connected again",
    "suspended": "is connected again",
    "held": "holds no deletions any more",
    "short": "has all its records again",
    "unsent": "can be sent",
    "uncompared": "can be compared again",
    "bulk": "are allowed again",
    "left out": "are missed no more",
    "unread": "can be read again",
    "blocked: app_credentials": "can be used again",
    "blocked: ip_not_allowed": "lets this machine in again",
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """A problem of now: *topic* is what it is about, *message* ends in the next command; a grave one earns a notice.

    *is_told_once*: it is not reported again while it lasts.
    """

    topic: str
    kind: str
    message: str
    is_grave: bool = True
    is_told_once: bool = False


@dataclass(frozen=True, slots=True)
class Lacking:
    """How much a store's data lack: held deletions, quarantined records, and records that could not be fetched."""

    held: int = 0
    aside: int = 0
    missing: int = 0


@dataclass(frozen=True, slots=True)
class Uncompared:
    """A resource whose ids could not be compared, *failures* times in a row; *error* is the last message."""

    resource: str
    failures: int
    error: str


@dataclass(frozen=True, slots=True)
class Blocked:
    """An app that its platform refuses, or refuses from this machine; *stores* wait for its end."""

    app: str
    code: str
    message: str
    hint: str | None
    stores: int


@dataclass(slots=True)
class News:
    """What is to be reported: *lines* in cron's mail, *notices* to whoever asked for them.

    *notices* are by topic, so that those that could not be sent are known. *open* are the incidents
    to save, *closed* the topics of those to delete.
    """

    lines: list[str] = field(default_factory=list)
    notices: dict[str, str] = field(default_factory=dict)
    open: list[Incident] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)


def troubles_of(
    stores: Iterable[Store],
    lacking: Mapping[str, Lacking],
    outages: Iterable[Outage],
    remedy: str | None = None,
    uncompared: Mapping[str, Sequence[Uncompared]] = MappingProxyType({}),
    *,
    without_bulk: Iterable[str] = (),
    blocked: Iterable[Blocked] = (),
    without: Iterable[tuple[str, LeftOut]] = (),
    unread: Iterable[tuple[str, str, str]] = (),
) -> list[Trouble]:
    """Return all problems: of *stores*, of their data (*lacking* and *uncompared*, by store key), of platforms.

    *remedy* is the command that helps where notices cannot be sent, None where they can. *without_bulk* are the
    apps that may start no bulk operations, *blocked* those that are refused; *without* are the fields that stores,
    by their keys, are read without, *unread* the resources (store, resource, error) that lack a field they need.
    """
    found = [_of_store(store) for store in stores] + [_of_data(key, lack) for key, lack in lacking.items()]
    found += [_of_ids(key, failing) for key, failing in uncompared.items()]
    found += [_of_platform(outage) for outage in outages]
    found += [_of_bulk(app) for app in without_bulk]
    found += [_of_app(one) for one in blocked]
    found += [*_of_fields(without), *_of_resources(unread)]
    found += [Trouble("notices", "unsent", f"notices cannot be sent: {remedy}", is_grave=False)] if remedy else []
    return [trouble for trouble in found if trouble]


def _of_store(store: Store) -> Trouble | None:
    reported = None if store.connection in {"paused", "disconnected"} else complaint(store.key, store)
    if reported is None:
        return None
    kind, message = reported
    return Trouble(store.key, kind, message, kind != "failed" or store.consecutive_failures >= GRAVE_FAILURES)


def _of_data(key: str, lack: Lacking) -> Trouble | None:
    topic = f"the data of {key}"
    if lack.held:
        are = "is" if lack.held == 1 else "are"
        message = f"{counted(lack.held, 'deletion')} {are} held; look, then: storesync reconcile {key} --confirm"
        return Trouble(topic, "held", f"{topic}: {message}")
    if lack.aside or lack.missing:
        parts = [f"{counted(lack.aside, 'record')} could not be read"] if lack.aside else []
        parts += [f"{lack.missing:,} {'is' if lack.missing == 1 else 'are'} missing"] if lack.missing else []
        return Trouble(topic, "short", f"{topic}: {', '.join(parts)}; try again: storesync reconcile {key}")
    return None


def _of_ids(key: str, uncompared: Sequence[Uncompared]) -> Trouble | None:
    failing = [one for one in uncompared if one.failures >= FAILED_COMPARISONS]
    if not failing:
        return None
    names, why = ", ".join(one.resource for one in failing), failing[0].error
    message = f"{key}: the ids of {names} could not be compared: {why}; try again: storesync reconcile {key}"
    return Trouble(f"the ids of {key}", "uncompared", message, is_grave=False)


def _of_bulk(app: str) -> Trouble:
    message = f"{refusal([app])}; read more: {HELP}"
    return Trouble(f"{BULK}{app}", "bulk", message, is_told_once=True)


def _of_fields(without: Iterable[tuple[str, LeftOut]]) -> list[Trouble]:
    """Return one problem for each reason why fields are left out, whatever stores it concerns."""
    alike: dict[str, dict[str, set[str]]] = {}
    keys: dict[str, list[str]] = {}
    for key, one in without:
        if one.is_missed:
            alike.setdefault(one.why, {}).setdefault(one.remedy, set()).add(one.field)
            keys.setdefault(one.why, []).append(key)
    found = []
    for why, remedies in alike.items():
        stores = counted(len(set(keys[why])), "store")
        parts = [f"{', '.join(sorted(fields))}; {remedy}" for remedy, fields in remedies.items()]
        message = f"{stores}: {why} {'; '.join(parts)}; look closer: storesync status {keys[why][0]}"
        named = ", ".join(sorted(set().union(*remedies.values())))
        found.append(Trouble(f"fields that {why}", f"left out: {named}", message, is_grave=False, is_told_once=True))
    return found


def _of_resources(unread: Iterable[tuple[str, str, str]]) -> list[Trouble]:
    """Return one problem for each store with resources that cannot be read for want of a field."""
    alike: dict[tuple[str, str], list[str]] = {}
    for key, resource, error in unread:
        alike.setdefault((key, error), []).append(resource)
    return [
        Trouble(f"{', '.join(names)} of {key}", "unread", f"{key}: {', '.join(names)} cannot be read: {error}")
        for (key, error), names in alike.items()
    ]


def _of_platform(outage: Outage) -> Trouble:
    later = (
        "if it lasts a day, each asks for a new connection" if outage.is_refusal else "each is tried again by itself"
    )
    message = (
        f"{outage.platform} is in trouble: {outage.failing} of {outage.tried} stores failed alike ({outage.reason}); "
        f"none of them is blamed, {later}; look closer: storesync status"
    )
    return Trouble(outage.platform, f"{PLATFORM}{outage.reason}", message)


def _of_app(blocked: Blocked) -> Trouble:
    waiting = f"{counted(blocked.stores, 'store')} {'waits' if blocked.stores == 1 else 'wait'} for that"
    title = title_of(blocked.app)
    message = f"{title}: {blocked.message}; {waiting}; {blocked.hint or 'look closer: storesync status'}"
    return Trouble(title, f"{BLOCKED}{blocked.code}", message)


BULK = "the bulk operations of "
"""Prefix of the topic of the incident of an app that may start none; its name follows."""

BLOCKED = "blocked: "
"""Prefix of the kind of an app's incident; the error's code follows."""


def blocked_apps(known: Iterable[Incident], apps: Iterable[str]) -> dict[str, str]:
    """Return the error codes of those of the *apps*, by their names, that are refused by the *known* incidents."""
    codes = {one.topic: one.kind.removeprefix(BLOCKED) for one in known if one.kind.startswith(BLOCKED)}
    return {app: codes[title_of(app)] for app in apps if title_of(app) in codes}


PLATFORM = "platform: "
"""Prefix of the kind of a platform's incident; the reason follows."""


def ongoing_outages(known: Iterable[Incident]) -> list[Outage]:
    """Return the outages of platforms among the *known* incidents."""
    return [
        Outage(one.topic, one.kind.removeprefix(PLATFORM), one.opened_at)
        for one in known
        if one.kind.startswith(PLATFORM)
    ]


def news_of(
    known: Iterable[Incident],
    troubles: Sequence[Trouble],
    now: datetime,
    *,
    given_up: Collection[str] = (),
    lasting: Collection[str] = (),
) -> News:
    """Return what is to be reported, from the *known* incidents and all *troubles* of now.

    An incident that ended because the operator gave its topic up (*given_up*, such as a paused store)
    is not reported. One whose topic is *lasting* is not over yet, though nothing is wrong any more.
    """
    news, before = News(), {incident.topic: incident for incident in known}
    for trouble in troubles:
        incident = _incident(news, before.pop(trouble.topic, None), trouble, now)
        if trouble.is_grave and incident.noticed_at is None:
            news.notices[trouble.topic] = trouble.message
        news.open.append(incident)
    for topic, incident in before.items():
        if incident.kind == NEWS:
            news.lines.append(incident.message)
            news.notices[topic] = incident.message
            news.open.append(replace(incident, kind=OVER))
        elif topic in given_up:
            news.closed.append(topic)
        elif topic in lasting:
            news.open.append(incident)
        elif incident.kind == OVER:
            news.notices[topic] = incident.message
            news.open.append(incident)
        else:
            _end(news, incident)
    return news


def _end(news: News, incident: Incident) -> None:
    """Report that an incident is over; where a notice of it was sent, one of its end is to be sent too."""
    over = _OVER.get(incident.kind) or _OVER.get(incident.kind.partition(":")[0], "answers again")
    over = f"{incident.topic} {over}"
    news.lines.append(over)
    if incident.noticed_at is None:
        news.closed.append(incident.topic)
        return
    news.notices[incident.topic] = over
    news.open.append(replace(incident, kind=OVER, message=over, noticed_at=None))


def _incident(news: News, known: Incident | None, trouble: Trouble, now: datetime) -> Incident:
    if known is None or known.kind != trouble.kind:
        news.lines.append(trouble.message)
        return Incident(trouble.topic, trouble.kind, trouble.message, opened_at=now, told_at=now)
    if trouble.is_told_once or is_within(known.told_at, now, REMINDER):
        return replace(known, message=trouble.message)
    news.lines.append(f"still so, since {known.opened_at:%Y-%m-%d %H:%M} UTC: {trouble.message}")
    return replace(known, message=trouble.message, told_at=now)
