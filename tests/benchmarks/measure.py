"""What a process takes of this machine, and how much less than another."""

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

YARDSTICK = "import typer, sqlite3"


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of CPU (user and system), seconds by the clock on the wall, memory at its peak, CPU of the server.

    A process begins with the peak of the process that started it: whoever measures must be small.
    """

    cpu_s: float
    wall_s: float = 0.0
    peak_mb: float = 0.0
    server_s: float = 0.0


def spend(
    command: Sequence[str | Path],
    environment: Mapping[str, str],
    stdin: str = "",
    watch: Callable[[int], None] | None = None,
) -> Spent:
    """Run *command* and return what it took; *watch* is called with its process id about each second.

    Raises `RuntimeError` with what it said where it fails.
    """
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as typed:
        typed.write(stdin)
        typed.seek(0)
        began = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdin=typed, stdout=said, stderr=said, cwd="/")
        while watch and not os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            watch(process.pid)
            time.sleep(1)
        _, status, used = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise RuntimeError(f"{' '.join(map(str, command))} exits with {process.returncode}: {said.read()[-2000:]}")
    return Spent(used.ru_utime + used.ru_stime, wall_s, used.ru_maxrss / 1024)


def alternated(rounds: int, works: Mapping[str, Callable[[], Spent]]) -> dict[str, list[Spent]]:
    """Do each of *works* once a round, every other round in reverse order; return what each took."""
    found: dict[str, list[Spent]] = {name: [] for name in works}
    for number in range(rounds):
        for name in reversed(works) if number % 2 else works:
            found[name].append(works[name]())
    return found


def median(runs: Sequence[Spent]) -> Spent:
    """Return the median of each figure."""
    return Spent(*map(statistics.median, zip(*map(astuple, runs), strict=True)))


def ratio(mine: Sequence[Spent], *others: Sequence[Spent]) -> float:
    """Return how much CPU *mine* took for each second of all *others* together: the median of the rounds."""
    rounds = zip(mine, zip(*others, strict=True), strict=True)
    return statistics.median(one.cpu_s / sum(other.cpu_s for other in rest) for one, rest in rounds)
