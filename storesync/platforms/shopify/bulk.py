"""Reads a resource by bulk operations: starts one, polls its status, and streams its result file.

https://shopify.dev/docs/api/usage/bulk-operations/queries
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from storesync.data import dataclass
from storesync.errors import (
    BadResponse,
    Incomplete,
    NetworkFailed,
    PlatformDown,
    PlatformError,
    RateLimited,
    RequestRefused,
    ScopeMissing,
    TimedOut,
)
from storesync.model import Page
from storesync.platforms import lossless_json
from storesync.platforms.base import BulkAccess
from storesync.platforms.http import Answer, usual_error
from storesync.platforms.shopify.amounts import inner
from storesync.platforms.shopify.bulk_lines import Node, Stray, assemble
from storesync.platforms.shopify.client import Client, Reply
from storesync.platforms.shopify.errors import BulkDenied
from storesync.platforms.shopify.jobs import Done, Job, done_of, own_operation, refusal_of
from storesync.platforms.shopify.queries import bulk_document
from storesync.platforms.shopify.source import Source
from storesync.platforms.values import text

STORAGE = "storage.googleapis.com"
"""The host of result files. Their URLs are signed; the token is never sent there."""
MOST_BATCH_BYTES = 4_000_000
MOST_BREAKS = 3
_PASSING = (NetworkFailed, TimedOut, PlatformDown)
_GONE = frozenset({httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND, httpx.codes.GONE})


@dataclass(frozen=True, slots=True)
class Batch:
    """What was made of some nodes of a result, the strays between them, and the job as it stands after them."""

    nodes: Sequence[Any]
    strays: Sequence[Stray]
    job: Job
    roots: int


@dataclass(slots=True)
class BulkReader:
    """Reads in bulk what *source* lists. *scope* is the scope that it needs, *size* the number of records in a batch.

    *access* receives each start. *taken* is what to make of a node, before the next one is read.
    """

    client: Client
    source: Source
    scope: str
    size: int
    access: BulkAccess
    taken: Callable[[Node], Any]

    def read(self, job: Job) -> Iterator[Batch | Page]:
        """Yield the batches of *job*, and a page without records wherever only the cursor has moved.

        Ends after the last line of the last window. Raises `NotYet` while an operation is running, `BulkDenied`
        where Shopify lets the app read nothing in bulk.
        """
        left: Job | None = job
        while left is not None:
            if left.operation is None:
                left, at = self._start(left)
                yield Page(cursor=left.cursor(), at=at)
            found = self._asked(left)
            if isinstance(found, Job):
                left = found
                yield Page(cursor=left.cursor())
                continue
            try:
                for batch in self._batches(left, found):
                    left = batch.job
                    yield batch
                _must_be_all(left, found)
            except Incomplete:
                left = left.again()
                yield Page(cursor=left.cursor())
                continue
            left = left.next_window()
            if left is not None:
                yield Page(cursor=left.cursor())

    def start(self, document: str) -> tuple[str, datetime | None] | RequestRefused:
        """Start an operation of *document*; return its id and Shopify's time, or why the document was refused.

        Raises `NotYet` where as many run as may, `BulkDenied` where the app may start none.
        """
        reply = self._asked_for("bulk_run", {"query": document})
        refusal = refusal_of(inner(reply.data, "bulkOperationRunQuery", "userErrors"))
        if isinstance(refusal, RequestRefused):
            return refusal
        if refusal is not None:
            raise refusal
        operation = text(inner(reply.data, "bulkOperationRunQuery", "bulkOperation", "id"))
        if operation is None:
            raise BulkDenied("Shopify does not say which bulk operation it started")
        self.access.started()
        return operation, reply.at

    def _start(self, job: Job) -> tuple[Job, datetime | None]:
        """Start (or find) the operation that reads the job's window; return the job with it, and Shopify's time."""
        if not self.access.may_start:
            raise BulkDenied("Shopify refused bulk operations lately")
        search = job.search(self.source.windowed_by)
        document = bulk_document(job.name, search, frozenset(self.client.left_out))
        running = self._asked_for("bulk_ours", {})
        known = own_operation(inner(running.data, "bulkOperations", "nodes"), document, begun=job.begun)
        if known is not None and not job.tries:
            return job.started(known), running.at
        found = self.start(document)
        if not isinstance(found, RequestRefused):
            return job.started(found[0]), found[1]
        narrower = job.narrower()
        if narrower is None:
            raise BulkDenied(found.message, is_of_document=True)
        return self._start(narrower)

    def _asked_for(self, name: str, variables: Mapping[str, Any]) -> Reply:
        """Ask about bulk operations. An error that strikes nothing but this raises `BulkDenied`."""
        try:
            return self.client.ask(name, variables, scope=self.scope)
        except (*_PASSING, RateLimited):
            raise
        except PlatformError as error:
            # It may be for the whole shop: then a question that needs nothing is refused as well.
            self.client.ask("shop", {})
            raise BulkDenied(error.message) from None

    def _asked(self, job: Job) -> Done | Job:
        reply = self._asked_for("bulk_status", {"id": job.operation})
        now = reply.at or self.client.http.now()
        try:
            return done_of(job, reply.data.get("bulkOperation"), now=now, scope=self.scope)
        except ScopeMissing as error:
            raise BulkDenied(error.message, has_started=True) from None

    def _batches(self, job: Job, found: Done) -> Iterator[Batch]:
        """Yield the result from where the job stands; a broken download resumes at its last batch."""
        if found.url is None or job.lines >= found.lines:
            return
        breaks = 0
        while True:
            lines = _Lines(self._download(found.url, job.offset), offset=job.offset, count=job.lines)
            try:
                for batch in self._batched(lines, job, found.roots):
                    job, breaks = batch.job, 0
                    yield batch
            except _PASSING:
                breaks += 1
                if breaks > MOST_BREAKS:
                    raise
            else:
                return

    def _batched(self, lines: "_Lines", job: Job, roots: int) -> Iterator[Batch]:
        nodes: list[Any] = []
        strays: list[Stray] = []
        for found in assemble(lines, self.source, job.name, frozenset(self.client.left_out)):
            if isinstance(found, Stray):
                strays.append(found)
                continue
            nodes.append(self.taken(found))
            # The line read last begins the next record; all lines before it belong to the batch.
            if len(nodes) >= self.size or lines.offset - job.offset >= MOST_BATCH_BYTES:
                read = lines.count - (0 if lines.is_over else 1)
                job = replace(job, offset=lines.offset, lines=read)
                yield Batch(nodes, strays, job, roots)
                nodes, strays = [], []
        if lines.offset > job.offset:
            yield Batch(nodes, strays, replace(job, offset=lines.offset, lines=lines.count), roots)

    def _download(self, url: str, offset: int) -> Iterator[bytes]:
        self._must_be_storage(url)
        request = httpx.Request("GET", url, headers={"Accept-Encoding": "identity"})
        if offset:
            request.headers["Range"] = f"bytes={offset}-"
        http = self.client.http
        return http.stream(
            request,
            offset=offset,
            traffic=self.client.traffic,
            error_of=lambda answer: _storage_error(answer, http.now()),
        )

    def _must_be_storage(self, url: str) -> None:
        found, own = urlsplit(url), urlsplit(self.client.origin)
        is_storage = (found.scheme, found.netloc) == ("https", STORAGE)
        if not is_storage and (found.scheme, found.netloc) != (own.scheme, own.netloc):
            raise BadResponse("Shopify says that a result is where none of its results are")


@dataclass(slots=True)
class _Lines:
    """The parsed lines of a result. *offset* is the byte where the last line begins, *count* its number."""

    chunks: Iterator[bytes]
    offset: int = 0
    count: int = 0
    length: int = 0
    is_over: bool = False

    def __iter__(self) -> Iterator[Node]:
        rest = b""
        for chunk in self.chunks:
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                yield self._read(line, len(line) + 1)
        if rest:
            # A file may end without a line break; a truncated line is not JSON.
            yield self._read(rest, len(rest))
        self.offset, self.length, self.is_over = self.offset + self.length, 0, True

    def _read(self, line: bytes, length: int) -> Node:
        self.offset, self.length, self.count = self.offset + self.length, length, self.count + 1
        try:
            found = lossless_json.loads(line)
        except ValueError:
            raise Incomplete("a result of Shopify's was torn") from None
        if not isinstance(found, dict):
            raise Incomplete("a result of Shopify's holds a line that is no object")
        return found


def _must_be_all(job: Job, found: Done) -> None:
    if job.lines < found.lines:
        raise Incomplete(f"a result of Shopify's ended after {job.lines} of {found.lines} lines")


def _storage_error(answer: Answer, now: datetime) -> PlatformError | None:
    if answer.status in _GONE:
        return Incomplete("a result of Shopify's is gone")
    if answer.status in {httpx.codes.OK, httpx.codes.PARTIAL_CONTENT}:
        return None
    return usual_error(answer, now) or BadResponse(f"the storage of Shopify's results answered {answer.status}")
