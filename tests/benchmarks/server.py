"""The loopback server of ``run.py``: simulated shops whose answers are rendered once and kept as bytes.

Run ``python tests/benchmarks/server.py shopify``; the first line on stdout is JSON with the address, the token of all
shops and the certificate to trust. Only a question that was not asked before, by whatever build, is put to the
simulator: a case is run once before it is measured. Asking what changed since the shops' last record is one question,
whatever the instant. ``GET /_spent`` returns the CPU that the server took, and what it was asked, since the last time;
after ``GET /_latency/50`` each answer takes 50 ms.
"""

import argparse
import asyncio
import ipaddress
import re
import ssl
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from http import HTTPStatus
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import orjson
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from storesync.simulator.shop import SCOPES, Token
from storesync.simulator.shopify.bulk import bulk_of
from storesync.simulator.shopify.root import VERSIONS
from storesync.simulator.shopify.storage import HOST as STORAGE
from storesync.simulator.shopify.storage import LOOPBACK_PREFIX
from storesync.simulator.simulator import Simulator, locate
from storesync.simulator.wire import RESULTS
from storesync.simulator.world import World
from tests.benchmarks.common_fields import common_schema

ADDRESS, TOKEN = "127.0.0.1", "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"
SENT = ("x-shopify-access-token", "authentication", "content-type", "user-agent")
OWN_HEADERS = frozenset({"date", "content-length", "x-request-id"})
SLICE = 1 << 18

AGE = timedelta(days=3)
"""How old the shops' last record is."""
LOOSE = {"DiscountApplication", "ShippingLine", "LocalizedField", "ProductVariantBarcode"}
"""Types that are no ``Node``, and that bulk operations read nevertheless."""

INSTANT = re.compile(r"20\d\d-\d\d-\d\dT\d\d(?::|%3A)\d\d(?::|%3A)\d\d")
TOTAL = re.compile(rb'("(?:orders|customers)Count":\{"count":\d+,"precision":)"EXACT"')
COST = re.compile(rb'("(?:requested|actual)QueryCost":)\d+')
BULK_TOTAL = re.compile(rb'("objectCount":"|"rootObjectCount":"|"ordersCount":\{"count":)(\d+)')
ID = re.compile(rb"/(?:Order|OrderTransaction|Refund|Fulfillment|ShippingLine|\w*LineItem)\\/")
FIRST_COPY = 100


@dataclass(slots=True)
class Copies:
    """A bulk result *number* times over, each further copy with ids of its own."""

    body: bytes
    number: int

    def __len__(self) -> int:
        return self.number * len(self.body) + (self.number - 1) * len(ID.findall(self.body)) * len(str(FIRST_COPY))

    def __iter__(self) -> Iterator[bytes]:
        places = [0, *(found.end() for found in ID.finditer(self.body)), len(self.body)]
        pieces = [self.body[start:end] for start, end in pairwise(places)]
        yield self.body
        for copy in range(FIRST_COPY, FIRST_COPY + self.number - 1):
            yield str(copy).encode().join(pieces)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: its *head* without the date, and its body."""

    head: bytes
    body: bytes | Copies

    def slices(self) -> Iterator[bytes]:
        """Yield the body in pieces that are sent at once."""
        for part in [self.body] if isinstance(self.body, bytes) else self.body:
            for start in range(0, len(part), SLICE):
                yield part[start : start + SLICE]


@dataclass(slots=True)
class Answers:
    """The answers of the simulated platform, by question.

    With *paging* no count is exact, so that nothing is read in bulk, and all costs next to nothing, so that pages grow
    as large as they may. Bulk results hold each order *copies* times.
    """

    simulator: Simulator
    ended: datetime
    scheme: str
    paging: bool
    copies: int
    known: dict[tuple[str, str, str], Reply] = field(default_factory=dict)

    def reply(self, method: str, target: str, headers: dict[str, str], body: str) -> Reply:
        """Return the answer to a question."""
        key = method, INSTANT.sub(self._since, target), INSTANT.sub(self._since, body)
        if key not in self.known:
            self.known[key] = self._rendered(method, target, headers, body.encode())
        return self.known[key]

    def _since(self, found: re.Match[str]) -> str:
        return "the end" if datetime.fromisoformat(f"{unquote(found[0])}+00:00") > self.ended else found[0]

    def _rendered(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Reply:
        base = f"{self.scheme}://{headers['host']}"
        response = self.simulator.handle(*locate(method, f"{base}{target}", headers, body))
        content: bytes | Copies = b"".join(response.parts()).replace(
            STORAGE.encode(), f"{base}/{LOOPBACK_PREFIX}".encode()
        )
        if self.paging:
            content = COST.sub(rb"\g<1>1", TOTAL.sub(rb'\1"AT_LEAST"', content))
        if self.copies > 1:
            content = self._copied(content, is_result=RESULTS in target)
        lines = [f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}", f"content-length: {len(content)}"]
        lines += [f"{name}: {value}" for name, value in response.headers.items() if name.lower() not in OWN_HEADERS]
        return Reply("\r\n".join(lines).encode(), content)

    def _copied(self, content: bytes, *, is_result: bool) -> bytes | Copies:
        if is_result:
            return Copies(content, self.copies)
        return BULK_TOTAL.sub(lambda found: found[1] + b"%d" % (int(found[2]) * self.copies), content)


@dataclass(slots=True)
class Server:
    """Speaks HTTP/1.1, and answers after *latency_s*."""

    answers: Answers
    latency_s: float = 0.0
    asked: list[dict[str, object]] = field(default_factory=list)
    began: float = field(default_factory=time.process_time)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        with suppress(asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            while True:
                first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").rstrip().split("\r\n")
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
                body = (await reader.readexactly(int(headers.get("content-length", "0")))).decode()
                method, target, _ = first.split()
                if target.startswith("/_latency/"):
                    self.latency_s = int(target.rpartition("/")[2]) / 1000
                is_control = target.startswith("/_")
                reply = self.spent() if is_control else await self.answer(method, target, headers, body)
                writer.write(b"%s\r\ndate: %s\r\n\r\n" % (reply.head, formatdate(usegmt=True).encode()))
                for part in reply.slices():
                    writer.write(part)
                    await writer.drain()
        writer.close()

    async def answer(self, method: str, target: str, headers: dict[str, str], body: str) -> Reply:
        """Return the answer to a question, and note it."""
        sent = {name: headers[name] for name in SENT if name in headers}
        self.asked.append({"method": method, "target": target, "headers": sent, "body": body})
        reply = self.answers.reply(method, target, headers, body)
        if self.latency_s:
            await asyncio.sleep(self.latency_s)
        return reply

    def spent(self) -> Reply:
        """Return the CPU seconds and the questions since the last time."""
        content = orjson.dumps({"cpu_s": time.process_time() - self.began, "asked": self.asked})
        self.asked, self.began = [], time.process_time()
        return Reply(b"HTTP/1.1 200 OK\r\ncontent-length: %d" % len(content), content)


def shops(platform: str, stores: int, orders: int, *, plain: bool) -> tuple[World, datetime]:
    """Return a world with so many shops of so many orders each, and when their last record was made.

    *plain* orders have no refunds and no fulfilments, which are asked for by the ids of their orders.
    """
    ended = datetime.now(UTC) - AGE
    world = World(7, lambda: ended)
    world.limits = False
    for number in range(1, stores + 1):
        key = f"shop-{number}" if platform == "shopify" else str(1000 + number)
        none = dict.fromkeys(("checkouts", "draft_orders", "coupons"), 0)
        counts = {"products": max(1, orders // 10), "customers": max(1, orders // 5), "locations": 1, **none}
        shop = world.add_shop(platform, key, orders=orders, **counts)
        for order in shop.resources["orders"].values() if plain else ():
            order["refunds"], order["fulfillments"] = [], []
        shop.tokens[TOKEN] = Token(TOKEN, frozenset(SCOPES[platform]))
        if platform == "shopify":
            bulk = bulk_of(shop)
            bulk.instant, bulk.ranges, bulk.loose = True, False, LOOSE
    world.clock = lambda: datetime.now(UTC)
    return world, ended


def certified(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """Return a context with a throw-away certificate for this address, and the file of what is to be trusted."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, ADDRESS)])
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(ADDRESS))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    trusted, secret = folder / "trusted.pem", folder / "key.pem"
    trusted.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted, secret)
    return context, trusted


async def run(words: argparse.Namespace, folder: Path) -> None:
    """Serve until the process ends."""
    world, ended = shops(words.platform, words.stores, words.orders, plain=words.plain)
    if words.common:
        world.schemas = dict.fromkeys(VERSIONS, common_schema(words.common))
    context, trusted = (None, None) if words.http else certified(folder)
    scheme = "https" if context else "http"
    answers = Answers(Simulator(world), ended, scheme, words.paging, words.copies)
    listener = await asyncio.start_server(Server(answers).serve, ADDRESS, 0, ssl=context)
    port = listener.sockets[0].getsockname()[1]
    said = {"url": f"{scheme}://{ADDRESS}:{port}", "token": TOKEN, "trusted": str(trusted or "")}
    sys.stdout.write(f"{orjson.dumps(said).decode()}\n")
    sys.stdout.flush()
    await listener.serve_forever()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("platform", choices=("shopify", "tiendanube"))
    parser.add_argument(
        "--orders", type=int, default=10_000, help="of each shop; a tenth of it products, a fifth customers"
    )
    parser.add_argument("--stores", type=int, default=1)
    parser.add_argument("--paging", action="store_true", help="nothing can be read in bulk")
    parser.add_argument("--copies", type=int, default=1, help="how often a bulk result holds each order")
    parser.add_argument("--plain", action="store_true", help="orders without refunds and fulfilments")
    parser.add_argument(
        "--common", type=Path, metavar="STORESYNC", help="only the fields that this build asks for, too"
    )
    parser.add_argument("--http", action="store_true", help="without TLS")
    with tempfile.TemporaryDirectory() as folder, suppress(KeyboardInterrupt):
        asyncio.run(run(parser.parse_args(), Path(folder)))


if __name__ == "__main__":
    main()
