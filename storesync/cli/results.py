"""Show what became of stores, and leave with the exit code that stands for all."""

from collections.abc import Sequence
from typing import NoReturn

import typer

from storesync.answers import Verdicts, exit_code_of, results_answer
from storesync.cli.shared import State, say, say_json
from storesync.text import clean
from storesync.tools import Tools
from storesync.verdict import Verdict
from storesync.work import Result


def finish(state: State, tools: Tools, results: Sequence[Result], verdicts: Verdicts) -> NoReturn:
    """Print the results and exit."""
    if state.json:
        say_json(results_answer(tools.clock.now(), results, verdicts))
    else:
        for result in results:
            _say_result(result, verdicts)
    raise typer.Exit(exit_code_of(results))


def _say_result(result: Result, verdicts: Verdicts) -> None:
    key = result.store.key
    if result.result == "busy":
        say(f"{key}: {_who(result)}; wait for it: storesync sync {key} --wait 5m")
        return
    if result.failure is not None:
        hint = f"; {clean(result.failure.hint)}" if result.failure.hint else ""
        say(f"{key}: failed, {clean(result.failure.message)}{hint}")
    else:
        if result.result == "skipped":
            say(f"{key}: sync-due reads it within a few minutes")
            return
        say(f"{key}: {result.result} in {result.seconds:.1f} s, {result.requests} requests")
    names = dict.fromkeys([*result.outcome.tallies, *result.comparisons])
    for name in names:
        say(f"  {name}: {_did(result, name)}{_judged(verdicts.get(key, {}), name)}")


def _who(result: Result) -> str:
    holder = result.holder
    if holder is None:
        return "somebody else works on it"
    who = "sync-due" if holder.trigger == "cron" else holder.trigger
    what = f" ({holder.resource})" if holder.resource else ""
    return f"{who} has been at work on it since {holder.since:%H:%M:%S} UTC{what}"


def _did(result: Result, name: str) -> str:
    done = []
    tally, compared = result.outcome.tallies.get(name), result.comparisons.get(name)
    if tally:
        done.append(f"{tally.records:,} read, {tally.rows_written:,} rows written")
        if tally.deleted:
            done.append(f"{tally.deleted} marked as deleted")
    if compared:
        found = {"missing": compared.missing, "stale": compared.stale, "gone": compared.gone}
        done.append(", ".join(f"{count} {what}" for what, count in found.items() if count) or "ids agree")
        if compared.fetched:
            done.append(f"{compared.fetched} fetched")
        if compared.deleted:
            done.append(f"{compared.deleted} marked as deleted")
        if compared.held:
            done.append(f"{compared.held} deletions held, --confirm applies them")
    return ", ".join(done)


def _judged(verdicts: dict[str, Verdict], name: str) -> str:
    verdict = verdicts.get(name)
    if verdict is None:
        return ""
    reason = f" ({clean(verdict.reason)})" if verdict.reason else ""
    return f" → {verdict.word}{reason}"
