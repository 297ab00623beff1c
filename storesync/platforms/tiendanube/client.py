"""The REST client of one Tiendanube shop: sends GET requests with the token, within the rate limit."""

from collections.abc import Mapping
from typing import Any

import httpx

from storesync.data import dataclass
from storesync.errors import BadResponse, PlatformError
from storesync.platforms.base import RequestBudget
from storesync.platforms.http import Answer, HttpClient
from storesync.platforms.tiendanube import errors, pacing


@dataclass(frozen=True, slots=True)
class Reply:
    """A good answer with its JSON *body*. *last_page* is that of a 404 for an empty page, see `border.last_page`."""

    answer: Answer
    body: Any
    last_page: int | None = None

    @property
    def total(self) -> int | None:
        """How many records the list has on all pages, None where the platform does not report that."""
        value = self.answer.headers.get("x-total-count", "").strip()
        if value.isascii() and value.isdigit():
            return int(value)
        return 0 if self.last_page == 0 else None


class Client:
    """Sends requests below *base_url*, each once the shop's rate limit has room for it."""

    def __init__(self, http: HttpClient, *, base_url: str, token: str, traffic: RequestBudget) -> None:
        self.base_url = base_url
        self._http = http
        self._traffic = traffic
        # The header is not called `Authorization`, and `bearer` must be in lower case:
        # https://tiendanube.github.io/api-documentation/authentication
        self._headers = {"Authentication": f"bearer {token}"}
        self._bucket = pacing.Bucket(at=http.monotonic())

    def record(self, path: str, params: Mapping[str, str], *, scope: str) -> Reply:
        """Return the answer with one record, a JSON object. Raises `NotFound` without one, and `error_of`'s errors."""
        return self._get(path, params, scope=scope, page=None)

    def page(self, path: str, params: Mapping[str, str], *, scope: str) -> Reply:
        """Return the answer with one page of a list, a JSON array; it is empty for the 404 of a page past the end.

        The array may be the ``results`` of a JSON object, or of the one object in that
        (https://tiendanube.github.io/api-documentation/resources/page). The total beside it is not read: the
        documentation's own example says 4 above one row
        (https://tiendanube.github.io/api-documentation/resources/location).
        """
        return self._get(path, params, scope=scope, page=int(params.get("page", "1")))

    def close(self) -> None:
        """Forget the token."""
        self._headers = {}

    def _get(self, path: str, params: Mapping[str, str], *, scope: str, page: int | None) -> Reply:
        request = httpx.Request("GET", f"{self.base_url}/{path}", params=params, headers=self._headers)
        replies: list[Reply] = []

        def error_of(answer: Answer) -> PlatformError | None:
            self._bucket = pacing.after_answer(self._bucket, answer.headers, self._http.monotonic())
            last = errors.last_page(answer) if page is not None else None
            if last is not None:
                replies.append(Reply(answer, [], last))
                return None
            deep_page = page if path.startswith("orders") else None
            error = errors.error_of(answer, now=self._http.now(), scope=scope, page=deep_page)
            return error or _not_json(answer, dict if page is None else list, replies)

        self._http.pause(pacing.wait_s(self._bucket, self._http.monotonic()), self._traffic)
        self._bucket = pacing.after_request(self._bucket, self._http.monotonic())
        self._http.send(request, traffic=self._traffic, error_of=error_of)
        return replies[-1]


def _not_json(answer: Answer, kind: type, replies: list[Reply]) -> PlatformError | None:
    """Add the answer to *replies*, or return the error that its body is not JSON of that *kind*.

    HTML and truncated bodies are found here, where the request can still be retried.
    """
    try:
        body = answer.json()
    except BadResponse as error:
        return error
    if kind is list and isinstance(body, dict):
        body = _results(body)
    if not isinstance(body, kind):
        return BadResponse("the answer is JSON, but not what was asked for")
    replies.append(Reply(answer, body))
    return None


def _results(body: Mapping[str, Any]) -> Any:
    """Return the rows in an object around them, None where there are none."""
    inner = next(iter(body.values()), None) if len(body) == 1 else None
    return (inner if isinstance(inner, dict) else body).get("results")
