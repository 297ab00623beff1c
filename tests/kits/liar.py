"""A simulator whose listings lie: each answer is bent on its way, as a few words say.

Lies are separated by commas. Each is told on every page of a listing, or where it says so before:
``@2`` is the second page, ``@2+`` all from there on, ``@id`` the answer to who asks for records by id.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from storesync.platforms.shopify.sources import SOURCES
from storesync.simulator.faults import BulkFault, Rule
from storesync.simulator.simulator import Simulator
from storesync.simulator.wire import RESULTS, SimRequest, SimResponse, json_response
from storesync.simulator.world import World

PAGE = 20
"""So few records make a page that a small shop has several: platforms may give fewer than was asked for."""

SHOPIFY_NAMES = {name: "".join(word.title() for word in name.split("_")) for name in SOURCES}
HTML = b"<!DOCTYPE html><html><body><h1>Just a moment...</h1></body></html>"
PLAIN = {"code": 0, "message": "Simulated", "description": None}
STATUS_BODIES = {"plain": PLAIN, "last": PLAIN | {"description": "Last page is 0"}, "html": HTML, "empty": b""}


def _errors(code: str | None, path: list[Any] | None = None) -> list[dict[str, Any]]:
    return [{"message": "Simulated", "path": path, "extensions": {"code": code} if code else {}}]


BODIES: Mapping[str, Any] = {
    "html": HTML,
    "blank": b"",
    "null": None,
    "text": "ok",
    "number": 7,
    "list": [],
    "object": {},
    "numbers": [1, 2, 3],
    "nulls": [None, None],
    "nested": [[{"id": 1}]],
    "error": {"error": "something went wrong"},
    "results-null": {"results": None},
    "data-null": {"data": None},
    "data-list": {"data": []},
    "data-empty": {"data": {}},
    "errors": {"errors": _errors(None)},
    "errors-text": {"errors": "Not Found"},
    "errors-beside-null": {"data": None, "errors": _errors(None)},
    **{code: {"errors": _errors(code)} for code in ("THROTTLED", "SHOP_INACTIVE", "INTERNAL_SERVER_ERROR")},
}
IDS: Mapping[str, Any] = {
    "null-id": None,
    "list-id": [1],
    "object-id": {"id": 1},
    "true-id": True,
    "blank-id": "",
    "float-id": 1.5,
    "zero-id": 0,
}
ROWS: Mapping[str, Callable[[list[Any]], Any]] = {
    "none": lambda rows: [],
    "half": lambda rows: rows[::2],
    "first": lambda rows: rows[:1],
    "lacking": lambda rows: rows[3:],
    "twice": lambda rows: [row for row in rows for _ in range(2)],
    "stutter": lambda rows: [rows[place // 2] for place in range(len(rows))],
    "backwards": lambda rows: rows[::-1],
    "nulls": lambda rows: [None for _ in rows],
    "texts": lambda rows: ["row" for _ in rows],
    "numbers": lambda rows: [7 for _ in rows],
    "null": lambda rows: None,
    "object": lambda rows: {str(place): row for place, row in enumerate(rows)},
    "strange": lambda rows: [_strange(row) for row in rows],
    "short": lambda rows: rows[:-1],
    **{
        name: lambda rows, value=value: [{**row, "id": value} if place == 0 else row for place, row in enumerate(rows)]
        for name, value in IDS.items()
    },
}
TOTALS: Mapping[str, Any] = {"negative": -5, "text": "many", "float": 90.5, "none": None}
BULK: Mapping[str, BulkFault] = {
    "no-url": BulkFault(no_url=True),
    "failed": BulkFault(error="INTERNAL_SERVER_ERROR"),
    "denied": BulkFault(error="ACCESS_DENIED"),
    "timeout": BulkFault(error="TIMEOUT"),
    "partial": BulkFault(error="INTERNAL_SERVER_ERROR", partial=True),
    "canceled": BulkFault(canceled=True),
    "expired": BulkFault(expired=True),
    "empty": BulkFault(keep=0),
    "cut": BulkFault(keep=40),
    "cut-by-one": BulkFault(keep=-1),
    "torn": BulkFault(keep=40, torn=True),
    "more-counted": BulkFault(miscount=7),
    "fewer-counted": BulkFault(miscount=-7),
}


class Answered(Exception):
    """The lie is the whole answer."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(status)
        self.response = SimResponse(status, {"content-type": "application/json"}, _bytes(body))


@dataclass
class Told:
    """One page of a listing on its way: what each platform tells of it, by one name."""

    request: SimRequest
    response: SimResponse
    resource: str
    page: int

    def __post_init__(self) -> None:
        self.json: Any = orjson.loads(self.response.body)
        self.headers = dict(self.response.headers)

    def made(self) -> SimResponse:
        return SimResponse(self.response.status, self.headers, _bytes(self.json), self.response.delay)


class Tiendanube(Told):
    """A page of REST: the total and the next page stand in headers."""

    @property
    def rows(self) -> list[Any]:
        found = self.json.get("results") if isinstance(self.json, dict) else self.json
        return [self.json] if found is None else found

    @rows.setter
    def rows(self, rows: Any) -> None:
        if isinstance(self.json, dict) and "results" in self.json:
            self.json["results"] = rows
        elif isinstance(self.json, dict):
            self.json = rows[0] if rows else rows
        else:
            self.json = rows

    @property
    def total(self) -> int:
        return int(self.headers.get("x-total-count", 0))

    @total.setter
    def total(self, total: Any) -> None:
        self.headers.pop("x-total-count", None)
        if total is not None:
            self.headers["x-total-count"] = str(total)

    @property
    def place_after(self) -> str:
        return str(self.page + 1)

    def lead(self, word: str) -> None:
        """Link another next page, or none."""
        page = {"self": self.page, "first": 1, "back": self.page - 1}.get(word, self.page + 1)
        request = replace(self.request, path="/2025-03/999/orders") if word == "elsewhere" else self.request
        base = "https://evil.example" if word == "stranger" else request.base
        links = [f'<{base}{request.at_page(1).target}>; rel="first"']
        if word != "none":
            links.append(f'<{base}{request.at_page(page).target}>; rel="next"')
        self.headers["link"] = "" if word == "unsaid" else ", ".join(links)

    def belong_to_another(self) -> None:
        self.rows = [_strange(row) | {"store_id": "999"} for row in self.rows]

    def lose(self) -> None:
        raise Answered(404, PLAIN)


class Shopify(Told):
    """A page of GraphQL: a connection with its page info, and a count beside it."""

    @property
    def data(self) -> dict[str, Any]:
        return self.json["data"]

    @property
    def holder(self) -> dict[str, Any]:
        return self.data["location"] if self.resource == "inventory_levels" and self.page else self.data

    @property
    def root(self) -> str:
        return SOURCES[self.resource].root if self.page else "nodes"

    @property
    def rows(self) -> list[Any]:
        found = self.holder[self.root]
        return found if isinstance(found, list) else found["nodes"]

    @rows.setter
    def rows(self, rows: Any) -> None:
        if isinstance(self.holder[self.root], list):
            self.holder[self.root] = rows
        else:
            self.holder[self.root]["nodes"] = rows

    @property
    def total(self) -> int:
        return self.data.get(SOURCES[self.resource].count, {}).get("count", 0)

    @total.setter
    def total(self, total: Any) -> None:
        self.data[SOURCES[self.resource].count] = {"count": total, "precision": "EXACT"}

    @property
    def place_after(self) -> str:
        return self.holder[self.root]["pageInfo"].get("endCursor") or ""

    def lead(self, word: str) -> None:
        """Give other page info."""
        own = self.place_after
        more, after = {
            "none": (False, None),
            "none-but-a-cursor": (False, own),
            "self": (True, self.request.json()["variables"].get("after") or own),
            "nowhere": (True, None),
            "blank": (True, ""),
            "number": (True, 7),
            "unsaid": (None, own),
            "text": ("true", own),
        }[word]
        self.holder[self.root]["pageInfo"] = {"hasNextPage": more, "endCursor": after}

    def belong_to_another(self) -> None:
        self.rows = [_strange(row) for row in self.rows]
        self.data["shop"] = {"id": "gid://shopify/Shop/999"}

    def lose(self) -> None:
        self.rows = [None for _ in self.rows]


@dataclass
class Liar(Simulator):
    """A simulator that tells *lies* about one *resource*: of its ids, or with *reading* ``load`` and ``update``
    of whole records too.
    """

    world: World
    lies: str = ""
    resource: str = "orders"
    reading: str = "ids"
    pages: dict[str | None, int] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        Simulator.__init__(self, self.world)

    def tell(self, lies: str) -> None:
        """Begin to tell other *lies*, or with none the truth."""
        self.lies = lies
        self.faults.clear()
        word = re.search(r"bulk (\S+)", lies)
        if word and word[1] in BULK:
            self.faults.add(Rule(bulk=BULK[word[1]], times=None))

    def handle(self, platform: str, request: SimRequest) -> SimResponse:
        """Let the platform answer, then bend what it said."""
        if "bulk other" in self.lies and request.path.startswith(RESULTS):
            return _of_another_operation(super().handle(platform, request))
        listing = _listing(platform, request, self.resource)
        if listing is None or (listing == "whole" and self.reading == "ids"):
            return super().handle(platform, request)
        if "filter ignored" in self.lies:
            request = replace(request, query={k: v for k, v in request.query.items() if k != "updated_at_min"})
        response = super().handle(platform, _smaller(platform, request))
        if response.status != 200 or b"THROTTLED" in response.body:
            return response
        page = 0 if listing == "id" else self.pages.get(_place(platform, request), 1)
        told = {"tiendanube": Tiendanube, "shopify": Shopify}[platform](request, response, self.resource, page)
        if page:
            self.pages[told.place_after] = page + 1
        try:
            for lie in filter(None, map(str.strip, self.lies.split(","))):
                self._tell(told, lie)
        except Answered as answered:
            return answered.response
        return told.made()

    def _tell(self, told: Told, lie: str) -> None:
        where, words = re.fullmatch(r"(?:@(\w+\+?) )?(.*)", lie).groups()
        if _is_there(where, told.page):
            name, *rest = words.split()
            tale = getattr(self, f"_{name}", None)
            if tale:
                tale(told, *rest)

    # One method for each kind of lie.

    def _rows(self, told: Told, word: str) -> None:
        if word == "again":
            told.rows = self.kept.setdefault("first page", told.rows)
        elif word == "foreign":
            told.belong_to_another()
        elif word == "lost":
            told.lose()
        else:
            told.rows = ROWS[word](told.rows)

    def _total(self, told: Told, word: str) -> None:
        if word == "wobbles":
            told.total += 7 * (told.page % 2)
        elif word[0] in "+-":
            told.total = max(0, told.total + int(word))
        else:
            told.total = int(word) if word.isdigit() else TOTALS[word]

    def _next(self, told: Told, word: str) -> None:
        told.lead(word)

    def _status(self, told: Told, code: str, body: str = "plain") -> None:
        raise Answered(int(code), STATUS_BODIES[body])

    def _body(self, told: Told, word: str) -> None:
        whole = _bytes(told.json)
        raise Answered(200, whole[: len(whole) * 2 // 3] if word == "cut" else BODIES[word])

    def _data(self, told: Shopify, word: str) -> None:
        if word == "missing":
            del told.holder[told.root]
        elif word in {"null", "list"}:
            told.holder[told.root] = None if word == "null" else [told.holder[told.root]]
        else:
            told.holder[told.root].pop(word)

    def _error(self, told: Shopify, code: str, place: str = "root") -> None:
        path = {"root": [told.root], "row": [told.root, "nodes", 0, "email"], "whole": []}[place]
        told.json["errors"] = _errors(code, path)
        if place == "root":
            told.holder[told.root] = None
        elif place == "whole":
            told.json["data"] = None


def _bytes(body: Any) -> bytes:
    return body if isinstance(body, bytes) else orjson.dumps(body)


def _is_there(where: str | None, page: int) -> bool:
    if where is None or where == "id":
        return (where == "id") == (page == 0)
    return page >= int(where[:-1]) > 0 if where.endswith("+") else page == int(where)


def _listing(platform: str, request: SimRequest, resource: str) -> str | None:
    """Return what is asked for: ``ids`` or ``whole`` pages of a listing, records by ``id``, None for all else."""
    if platform == "shopify":
        return _shopify_listing(request, resource)
    path, below = request.path.split("/")[3:], resource.replace("_", "-")
    if resource == "inventory_levels":
        return None if path[2:] != [below] else "id" if "variant_id" in request.query else "ids"
    if path[:1] != [below] or request.query.get("fields") == "id":
        return None
    if len(path) > 1 or "ids" in request.query:
        return "id"
    return "ids" if "fields" in request.query else "whole"


def _shopify_listing(request: SimRequest, resource: str) -> str | None:
    asked = request.json()
    named = re.match(r"\s*query (\w+)", asked["query"]) if isinstance(asked, dict) else None
    if named is None or not asked.get("variables"):
        return None
    name = SHOPIFY_NAMES[resource]
    kinds = {f"{name}Versions": "ids", name: "whole", f"{name}Nodes": "id"}
    if asked["variables"].get(f"with_{resource}"):
        kinds["FirstPages"] = "whole"
    return kinds.get(named[1])


def _smaller(platform: str, request: SimRequest) -> SimRequest:
    if platform == "tiendanube":
        return replace(request, query={**request.query, "per_page": str(PAGE)}) if "page" in request.query else request
    asked = request.json()
    if asked["variables"].get("first"):
        asked["variables"]["first"] = PAGE
    return replace(request, body=orjson.dumps(asked))


def _place(platform: str, request: SimRequest) -> str | None:
    """Return the place in a listing that is asked for."""
    return request.query.get("page") if platform == "tiendanube" else request.json()["variables"].get("after")


def _strange(row: Any) -> Any:
    """Return a record as another shop might have it: under an id that is none of this one's."""
    if not isinstance(row, dict):
        return row
    found = row["id"]
    return {**row, "id": f"{found[:-4]}0{found[-4:]}" if isinstance(found, str) else found + 5_000_000}


def _of_another_operation(response: SimResponse) -> SimResponse:
    """Return as many lines as the right file has, of something else."""
    lines = b"".join(response.parts()).count(b"\n")
    made = (orjson.dumps({"id": f"gid://shopify/Product/{place}"}) + b"\n" for place in range(1, lines + 1))
    return json_response(200, None, {}) if response.status != 200 else SimResponse(200, {}, b"".join(made))
