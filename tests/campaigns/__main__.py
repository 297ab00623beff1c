"""``python -m tests.campaigns NAME [--rounds N] [--seed N]``."""

import argparse
import re
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

from tests.campaigns import bulk, busy, cron, hammer, kills, month, refresh, sales, weeks

CAMPAIGNS: dict[str, Callable[..., str]] = {
    "bulk": bulk.run,
    "busy": busy.run,
    "cron": cron.run,
    "hammer": hammer.run,
    "kills": kills.run,
    "month": month.run,
    "refresh": refresh.run,
    "sales": sales.run,
    "weeks": weeks.run,
}


def main() -> int:
    """Run one campaign and print its line for RESULTS.md."""
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns")
    parser.add_argument("name", choices=CAMPAIGNS)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    began = time.monotonic()
    found = CAMPAIGNS[asked.name](rounds=asked.rounds, seed=asked.seed)
    command = f"python -m tests.campaigns {asked.name} --rounds {asked.rounds} --seed {asked.seed}"
    day = datetime.now(UTC).date()
    sys.stdout.write(f"| {day} | `{command}` | {found} | {time.monotonic() - began:.0f} s |\n")
    return 0 if re.search(r"\b0 differences", found) else 1


if __name__ == "__main__":
    sys.exit(main())
