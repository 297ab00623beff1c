#!/usr/bin/env bash
# mcp: the SDK's client refuses prices such as 19.99 by the schema that the SDK's server wrote for them.
#
# One would guess: what a tool returns as a checked pydantic model fits the output schema made of that very model.
# So it is: pydantic compares a float with multiple_of=0.01 up to a tolerance, and writes "multipleOf": 0.01 into the
# schema. The client checks the answer with jsonschema, which divides the floats and wants a whole number, and
# 19.99 / 0.01 is 1998.9999999999998. The server sends the price, the client raises RuntimeError and shows none of the
# answer. 20.00 passes, so that it depends on the amounts of the day: about one price in seven up to 100.00 is refused.
#
# Seen:
#   mcp 2.3.0, pydantic 2.14.4, jsonschema 4.26.0
#   20.0: {'price': 20.0}
#   19.99: RuntimeError: Invalid structured content returned by tool offer: 19.99 is not a multiple of 0.01
#   0.29: RuntimeError: Invalid structured content returned by tool offer: 0.29 is not a multiple of 0.01
#   of the 10000 prices from 0.01 to 100.00, pydantic refuses 0 and jsonschema 1363
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check mcp==2.3.0 pydantic==2.14.4 jsonschema==4.26.0

timeout 40 "$folder/venv/bin/python" - <<'PYTHON'
import asyncio
import sys
from importlib.metadata import version
from typing import Annotated

from jsonschema import Draft202012Validator
from mcp import Client
from mcp.server.mcpserver import MCPServer
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

print(", ".join(f"{name} {version(name)}" for name in ("mcp", "pydantic", "jsonschema")))
Price = Annotated[float, Field(multiple_of=0.01)]


class Offer(BaseModel):
    price: Price


server = MCPServer("shop", log_level="ERROR")


@server.tool()
def offer(price: float) -> Offer:
    """Make an offer; the model checks the price."""
    return Offer(price=price)


async def ask(prices):
    seen = []
    async with Client(server) as client:
        for price in prices:
            try:
                told = (await client.call_tool("offer", {"price": price})).structured_content
            except RuntimeError as error:
                told = f"RuntimeError: {str(error).splitlines()[0]}"
            print(f"{price}: {told}")
            seen.append(told if isinstance(told, dict) else "RuntimeError")
    return seen


def refuses(price):
    try:
        adapter.validate_python(price)
    except ValidationError:
        return True
    return False


seen = asyncio.run(ask([20.0, 19.99, 0.29]))
adapter = TypeAdapter(Price)
validator = Draft202012Validator(adapter.json_schema())
prices = [float(f"{cents // 100}.{cents % 100:02}") for cents in range(1, 10_001)]
by_model = sum(map(refuses, prices))
by_schema = sum(not validator.is_valid(price) for price in prices)
print(f"of the {len(prices)} prices from 0.01 to 100.00, pydantic refuses {by_model} and jsonschema {by_schema}")
if seen != [{"price": 20.0}, "RuntimeError", "RuntimeError"] or by_model or not by_schema:
    sys.exit("this is no longer so")
PYTHON
