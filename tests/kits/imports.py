"""Which modules a command loads, in a process of its own."""

import subprocess
import sys

MARK = "import time:"


def called(*words: str, environment: dict[str, str]) -> tuple[set[str], str, int]:
    """Run storesync from anywhere; return the modules that it loaded, what it told on stderr, and its exit code."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "storesync", *words],
        env=environment,
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stderr.splitlines(keepends=True)
    modules = {line.rpartition("|")[2].strip() for line in lines if line.startswith(MARK)}
    return modules, "".join(line for line in lines if not line.startswith(MARK)), done.returncode
