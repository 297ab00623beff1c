"""A real cron daemon looks after two shops that sell something each minute; as many minutes as rounds."""

import tempfile
from pathlib import Path

from tests.kits import real_cron


def run(*, rounds: int, seed: int) -> str:
    """Let cron run for *rounds* minutes; return what was found."""
    reason = real_cron.why_not()
    if reason:
        return f"nothing, because {reason}"
    with tempfile.TemporaryDirectory(prefix="storesync-cron-") as folder:
        seen = real_cron.live(Path(folder), minutes=rounds, seed=seed)
    ticks, runs = dict(seen["ticks"]), dict(seen["runs"])
    mails = sum(job != "env" for job, _ in seen["mail"])
    check = seen["status"][0]
    wrong = len(seen["differences"]) + mails + (ticks != {0: rounds}) + (runs.keys() != {"succeeded"}) + (check != 0)
    return (
        f"{rounds} minutes, ticks by exit code {ticks}, runs {runs}, {mails} mails, status --check {check}, "
        f"{wrong} differences"
    )
