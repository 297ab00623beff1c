"""The way to one shop: paced GET requests that alone carry the token."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from storesync.errors import BadResponse, PlatformError
from storesync.platforms.base import RequestBudget
from storesync.platforms.http import Answer, HttpClient
from storesync.platforms.tiendanube import errors, pacing


@dataclass(frozen=True, slots=True)
class Reply:
    """A good answer with its JSON. *last_page*: of the 404 that stands for an empty list, see `border`."""

    answer: Answer
    body: Any
    last_page: int | None = None

    @property
    def total(self) -> int | None:
        """How many records the list has in all pages, None where the platform does not tell."""
        value = self.answer.headers.get("x-total-count", "").strip()
        if value.isascii() and value.isdigit():
            return int(value)
        return 0 if self.last_page == 0 else None


class Wire:
    """Requests below *base_url*, each only when there is room for it in the shop's bucket."""

    def __init__(self, http: HttpClient, *, base_url: str, token: str, traffic: RequestBudget) -> None:
        self.base_url = base_url
        self._http = http
        self._traffic = traffic
        # The header is called so, and `bearer` must be in lower case:
        # https://tiendanube.github.io/api-documentation/authentication
        self._headers = {"Authentication": f"bearer {token}"}
        self._bucket = pacing.Bucket(at=http.monotonic())

    def record(self, path: str, params: Mapping[str, str], *, scope: str) -> Reply:
        """Return one record, a JSON object."""
        return self._get(path, params, scope=scope, page=None)

    def page(self, path: str, params: Mapping[str, str], *, scope: str) -> Reply:
        """Return one page of a list; an empty one for the 404 of a page that is not there.

        A list is a JSON array, or stands as ``results`` in a JSON object. What that object says of
        the total is not looked at: the documentation's own example says 4 above one row
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
    """Add the answer with its JSON to *replies*; return the error that it is none of that *kind*.

    HTML and a body cut short show here, while the request can still be tried again.
    """
    try:
        body = answer.json()
    except BadResponse as error:
        return error
    if kind is list and isinstance(body, dict):
        body = body.get("results")
    if not isinstance(body, kind):
        return BadResponse("the answer is JSON, but not what was asked for")
    replies.append(Reply(answer, body))
    return None
