"""What a first load costs at the very least, each in a process of its own.

``floors.py fetch URL QUESTIONS`` asks what a build asked: httpx sends, orjson parses, nothing is kept.
``floors.py bare DATABASE`` writes the rows, payloads and documents of a database again, from memory: the same tables,
indexes and triggers, by ``executemany``, a transaction a page. It prints the seconds of CPU of writing alone.
``floors.py dlt URL QUESTIONS FOLDER`` asks the same, and dlt writes the records to SQLite.
"""

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PAGE = 100
PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON")
SCHEMA = """SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND type != 'view'
    AND (tbl_name = 'search' OR tbl_name IN (SELECT value FROM json_each(?)))
    ORDER BY type = 'trigger', type = 'index'"""
LEAST_FIELDS = 5
"""A record with fewer fields is one of a listing of ids."""


def answers(url: str, questions: str) -> Iterator[tuple[str, Any]]:
    """Yield the target of each question with its answer, that of a bulk result line by line."""
    import httpx
    import orjson

    with httpx.Client(timeout=60) as client:
        for asked in json.loads(Path(questions).read_bytes()):
            words = {"headers": asked["headers"], "content": asked["body"]}
            with client.stream(asked["method"], url + asked["target"], **words) as response:
                if ".jsonl" not in asked["target"]:
                    yield asked["target"], orjson.loads(response.read())
                    continue
                rest = b""
                for chunk in response.iter_bytes():
                    *lines, rest = (rest + chunk).split(b"\n")
                    yield from ((asked["target"], orjson.loads(line)) for line in lines)


def fetch(url: str, questions: str) -> None:
    """Ask and parse."""
    for _ in answers(url, questions):
        pass


def bare(path: str) -> None:
    """Write again what is in the database at *path*."""
    from storesync.storage.engine import sqlite3
    from storesync.tables import RESOURCES

    old = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    pages = [page for name in RESOURCES for page in pages_of(old, RESOURCES[name])]
    with tempfile.TemporaryDirectory(dir=Path(path).parent) as folder:
        new = sqlite3.connect(f"{folder}/bare.db", isolation_level=None)
        for pragma in PRAGMAS:
            new.execute(f"PRAGMA {pragma}")
        for (statement,) in old.execute(SCHEMA, (json.dumps([*{table for page in pages for table in page}]),)):
            new.execute(statement)
        began = time.process_time()
        for page in pages:
            new.execute("BEGIN IMMEDIATE")
            for table, rows in page.items():
                new.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
            new.execute("COMMIT")
        sys.stdout.write(f"{time.process_time() - began}\n")
        new.close()


def pages_of(old: Any, resource: Any) -> list[dict[str, list[Any]]]:
    """Return the rows by table of each page of records, in the order in which they were written."""
    ids = [row[0] for row in old.execute(f"SELECT id FROM {resource.name} ORDER BY rowid")]
    number = {one: place // PAGE for place, one in enumerate(ids)}
    pages: list[dict[str, list[Any]]] = [{} for _ in range(0, len(ids), PAGE)]
    for table in (resource.name, *resource.children, "payloads", "documents"):
        key = resource.key if table in resource.children else "id"
        own = f"WHERE resource = '{resource.name}'" if table in {"payloads", "documents"} else ""
        for one, *row in old.execute(f"SELECT {key}, * FROM {table} {own} ORDER BY rowid"):
            if one in number:
                pages[number[one]].setdefault(table, []).append(row)
    return pages


def dlt(url: str, questions: str, folder: str) -> None:
    """Have dlt write the records that are in the answers."""
    import dlt as library

    def records() -> Iterator[Any]:
        for target, answer in answers(url, questions):
            for table, found in lists(target, answer):
                yield library.mark.with_table_name([one for one in found if len(one) >= LEAST_FIELDS], table)

    destination = library.destinations.sqlalchemy(f"sqlite:///{folder}/dlt.db")
    pipeline = library.pipeline("benchmark", destination=destination, dataset_name="main", pipelines_dir=folder)
    pipeline.run(library.resource(records, name="records")).raise_on_failed_jobs()


def lists(target: str, answer: Any) -> Iterator[tuple[str, list[Any]]]:
    """Yield the lists of records in an answer, by name."""
    if isinstance(answer, list):
        yield target.partition("?")[0].rpartition("/")[2], answer
    elif isinstance(answer.get("data"), dict):
        for name, found in answer["data"].items():
            if isinstance(found, dict) and "nodes" in found:
                yield name, found["nodes"]


if __name__ == "__main__":
    {"fetch": fetch, "bare": bare, "dlt": dlt}[sys.argv[1]](*sys.argv[2:])
