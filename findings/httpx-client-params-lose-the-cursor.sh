#!/usr/bin/env bash
# httpx: a client's own params, such as a page size, delete the cursor of each next link that it follows.
#
# One would guess: parameters of the client are joined with those of the request, so that the rel="next" address of a
# Link header, the cursor in its query, can be asked for as it is, as with requests' Session.params.
# So it is: the client's params are joined with the argument `params` alone, and what comes of it takes the place of
# the address's whole query. The cursor is gone, the server answers with the first page once more, status 200, and a
# loop over next links reads that page again and again. `params={}` in one request deletes the query as well.
#
# Seen:
#   httpx 0.28.1: page_info of the requests: none none none none, orders 1 2 1 2 1 2 1 2
#   httpx 0.28.1, no params in the client: page_info of the requests: none p2 p3, orders 1 2 3 4 5
#   httpx 0.28.1, params={}: asked for /orders
#   requests 2.34.2: page_info of the requests: none p2 p3, orders 1 2 3 4 5
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check httpx==0.28.1 requests==2.34.2

timeout 30 "$folder/venv/bin/python" - <<'PYTHON'
import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import
import requests

PAGES = {"none": ([1, 2], "p2"), "p2": ([3, 4], "p3"), "p3": ([5], None)}
MOST = 4  # a loop would not end by itself
asked, paths = [], []


class Shop(BaseHTTPRequestHandler):
    def do_GET(self):
        cursor = parse_qs(urlsplit(self.path).query).get("page_info", ["none"])[0]
        asked.append(cursor)
        paths.append(self.path)
        orders, after = PAGES[cursor]
        body = json.dumps(orders).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        if after:
            self.send_header("Link", f'<{base}/orders?limit=2&page_info={after}>; rel="next"')
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


server = HTTPServer(("127.0.0.1", 0), Shop)
base = f"http://127.0.0.1:{server.server_port}"
Thread(target=server.serve_forever, daemon=True).start()


def read(name, get, url):
    asked.clear()
    orders = []
    while url and len(asked) < MOST:
        answer = get(url)
        orders += answer.json()
        url = answer.links.get("next", {}).get("url")
    print(f"{name}: page_info of the requests: {' '.join(asked)}, orders {' '.join(map(str, orders))}")
    return orders


name = f"httpx {httpx.__version__}"
with httpx.Client(params={"limit": 2}, trust_env=False) as client:
    looped = read(name, client.get, f"{base}/orders")
with httpx.Client(trust_env=False) as client:
    whole = read(f"{name}, no params in the client", client.get, f"{base}/orders?limit=2")
    client.get(f"{base}/orders?limit=2&page_info=p2", params={})
    emptied = paths[-1]
    print(f"{name}, params={{}}: asked for {emptied}")
with requests.Session() as session:
    session.trust_env = False
    session.params = {"limit": 2}
    same = read(f"requests {requests.__version__}", session.get, f"{base}/orders")
server.shutdown()
if looped != [1, 2] * MOST or whole != [1, 2, 3, 4, 5] or same != whole or emptied != "/orders":
    sys.exit("this is no longer so")
PYTHON
