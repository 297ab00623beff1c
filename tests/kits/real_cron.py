"""Debian's cron with a crontab that storesync wrote, apart from this machine's own."""

import os
import shlex
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from email.parser import Parser
from pathlib import Path

from storesync.simulator import sales
from storesync.simulator.server import serve
from storesync.simulator.simulator import Simulator
from storesync.simulator.world import World
from tests.kits.processes import LIMIT_S, Home

CRON = Path("/usr/sbin/cron")
STORESYNC = Path(sys.executable).with_name("storesync")
AWKWARD = "100% O'Brien \\ co"
# A spool, a pid file and a mailer of its own; none of the machine's own jobs. Ends with its parent.
DAEMON = """
mount --bind "$1/spool" /var/spool/cron/crontabs
mount --bind "$1/sbin" /usr/sbin
mount --bind /dev/null /etc/crontab
mount -t tmpfs none /etc/cron.d
mount -t tmpfs none /run
installs=$1/installs
shift
echo '* * * * * env' | crontab -
"$@" cron install >"$installs"
"$@" cron install >>"$installs"
exec setpriv --pdeathsig TERM cron -f
"""


def why_not() -> str | None:
    """Return why no cron can be run here, None where it can."""
    if os.geteuid() != 0:
        return "only root may give cron a spool of its own"
    for program in (str(CRON), "crontab", "unshare", "setpriv"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    mount = subprocess.run(
        ["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/run"], check=False, stderr=subprocess.DEVNULL
    )
    return "root may not mount here" if mount.returncode else None


def live(folder: Path, *, minutes: int, seed: int) -> dict:
    """Let cron look after two shops that sell something each minute; return what can be seen then."""
    simulator = Simulator(World(seed, lambda: datetime.now(UTC)))
    simulator.world.limits = False
    shops = [
        simulator.world.add_shop("tiendanube", "123456", orders=10),
        simulator.world.add_shop("shopify", "alpha", orders=10),
    ]
    with serve(simulator) as url:
        home = Home(folder / AWKWARD, url, simulator)
        for shop in shops:
            home.connect(shop)
            assert home.run("sync", shop.key).returncode == 0
        with daemon(folder, home) as pid:
            for minute in range(minutes):
                for shop in shops:
                    sales.place_order(shop, None)
                time.sleep(60 - time.time() % 60)
                home.wait_for("SELECT count(*) FROM ticks", minute + 1)
                wait_for_jobs(pid)
        status = home.run("status", "--check")
    return {
        "crontab": next((folder / "spool").iterdir()).read_text(),
        "installs": (folder / "installs").read_text(),
        "ticks": home.sql("SELECT exit_code, count(*) FROM ticks GROUP BY exit_code"),
        "runs": home.sql("SELECT status, count(*) FROM runs WHERE trigger = 'cron' GROUP BY status"),
        "status": [status.returncode, status.stdout],
        "differences": [one for shop in shops for one in home.differences(shop) if one.startswith("order")],
        "mail": sorted(_mail(file) for file in (folder / "mail").iterdir()),
    }


@contextmanager
def daemon(folder: Path, home: Home):
    """Run cron while the block runs, and give its pid. Our settings are in a file; cron knows of nothing else."""
    for name in ("spool", "sbin", "mail"):
        (folder / name).mkdir()
    shutil.copy(CRON, folder / "sbin")
    mailer = folder / "sbin" / "sendmail"
    mailer.write_text(f"#!/bin/sh\ncat >{shlex.quote(str(folder / 'mail'))}/$$\n")
    mailer.chmod(0o755)
    own = {name: value for name, value in home.environment.items() if name.startswith("STORESYNC_")}
    own.pop("STORESYNC_HOME")
    settings = folder / f"{AWKWARD}.env"
    settings.write_text("".join(f"{name}={value}\n" for name, value in own.items()))
    program = [STORESYNC, "--home", home.folder, "--env-file", settings]
    command = ["unshare", "--mount", "--propagation", "private", "sh", "-euc", DAEMON, "sh", folder, *program]
    environment = {"PATH": os.environ["PATH"], "NOT_FOR_JOBS": "1"}
    with (folder / "stderr").open("wb") as stderr, subprocess.Popen(command, env=environment, stderr=stderr) as process:
        try:
            yield process.pid
        finally:
            process.terminate()


def wait_for_jobs(pid: int) -> None:
    """Wait until cron has mailed what its jobs printed: each job has a process of cron's own."""
    until = time.monotonic() + LIMIT_S
    while Path(f"/proc/{pid}/task/{pid}/children").read_text():
        assert time.monotonic() < until
        time.sleep(0.05)


def _mail(file: Path) -> tuple[str, str]:
    """Return of which job it is, and what that printed."""
    mail = Parser().parsestr(file.read_text())
    return mail["subject"].partition("> ")[2], mail.get_payload()
