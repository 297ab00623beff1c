"""A process that has everything loaded and gives birth to processes that each run one command of the program.

Started as a program, it reads one line of JSON for each birth. The children run at the same time, on a
clock that is *ahead* of this machine's; one with *dies_at* is killed at that step of renewing a token.
"""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).parents[2]
STEPS_IN = ("tokens.py", "oauth.py", "credentials.py", "leases.py", "vault.py", "database.py", "http.py")
NAP_S = 0.02


class Nursery:
    """Has commands run in processes of their own, on one home folder."""

    def __init__(self, environment):
        self.environment = environment
        self.process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True
        )

    def run(self, *commands, ahead_s=0.0, dies_at=None):
        """Run *commands* at the same time; return their exit codes, -9 for a killed one."""
        asked = {"env": self.environment, "commands": commands, "ahead_s": ahead_s, "dies_at": dies_at}
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


def main():
    """Give birth until nobody asks any more."""
    sys.path.insert(0, str(ROOT))
    _load_all()
    for line in sys.stdin:
        asked = json.loads(line)
        gate, opener = os.pipe()
        children = [_born(asked, command, gate, opener) for command in asked["commands"]]
        os.close(gate)
        os.close(opener)
        codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        sys.stdout.write(json.dumps(codes) + "\n")
        sys.stdout.flush()


def _load_all():
    """Load what a command would load only when it runs."""

    import storesync.app.wiring
    import storesync.cli.connect
    import storesync.cli.sync
    import storesync.platforms.shopify.platform
    import storesync.scheduler.sync_due  # noqa: F401


def _born(asked, command, gate, opener):
    child = os.fork()
    if child:
        return child
    code = 70
    try:
        os.close(opener)
        # All begin once the last one is born, which is when the gate's other end is closed.
        os.read(gate, 1)
        code = _run(asked, command)
    finally:
        os._exit(code)


def _run(asked, command):
    from storesync.cli.app import app
    from storesync.runtime.clock import Clock, system_clock
    from storesync.runtime.world import OutsideWorld

    ahead, real = timedelta(seconds=asked["ahead_s"]), system_clock()
    clock = Clock(
        now=lambda: datetime.now(UTC) + ahead,
        monotonic=real.monotonic,
        boottime=real.boottime,
        boot=real.boot,
        sleep=lambda seconds: time.sleep(min(seconds, NAP_S)),
    )
    if asked["dies_at"] is not None:
        _die_at(asked["dies_at"])
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        app(list(command), obj=OutsideWorld(environment=asked["env"], clock=clock), standalone_mode=True)
    except SystemExit as left:
        return left.code or 0
    return 0


def _die_at(step):
    """Be killed at that line of renewing a token, counted from its beginning to after the new one worked."""
    left = step

    def see(frame, event, _argument):
        nonlocal left
        if not frame.f_code.co_filename.endswith(STEPS_IN) or "storesync" not in frame.f_code.co_filename:
            return None
        if event == "line" and _is_renewing(frame):
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return see

    import threading

    threading.settrace(see)
    sys.settrace(see)


def _is_renewing(frame):
    while frame is not None:
        if frame.f_code.co_name in {"renewed", "worked"} and frame.f_code.co_filename.endswith("tokens.py"):
            return True
        frame = frame.f_back
    return False


if __name__ == "__main__":
    main()
