"""Prints the results of stores, and exits with the gravest exit code."""

from collections.abc import Sequence
from typing import NoReturn

import typer

from storesync.cli.output import say, say_json
from storesync.cli.state import State
from storesync.errors import AppCredentialsRefused
from storesync.reports.answers import exit_code_of, results_answer, undelete_answer
from storesync.rules.health import Failure
from storesync.rules.verdict import Verdict
from storesync.runtime.text import clean, counted
from storesync.sync.context import SyncContext
from storesync.sync.job import SyncResult, Tombstones, Verdicts
from storesync.sync.reconcile import SHOWN, Comparison

NAMED = 3
"""How many of the stores are named that fail alike."""


def finish(state: State, context: SyncContext, results: Sequence[SyncResult], verdicts: Verdicts) -> NoReturn:
    """Print the results, in JSON if asked, and exit with the gravest exit code."""
    if state.json:
        say_json(results_answer(context.clock.now(), results, verdicts))
    else:
        alike: dict[Failure, list[str]] = {}
        for result in results:
            if result.failure is not None and result.failure.error is AppCredentialsRefused:
                alike.setdefault(result.failure, []).append(result.store.key)
            else:
                _say_result(result, verdicts)
        for failure, keys in alike.items():
            _say_failure(keys, failure)
    raise typer.Exit(exit_code_of(results))


def say_undeleted(state: State, context: SyncContext, found: Tombstones, restored: int | None) -> None:
    """Print which tombstones were restored, or would be if *restored* is None (a dry run)."""
    if state.json:
        say_json(undelete_answer(context.clock.now(), found, restored or 0))
        return
    for (key, resource), ids in found.items():
        say(f"{key} {resource}: {_some(ids[:SHOWN], len(ids))}")
    say(f"{sum(map(len, found.values()))} could be restored" if restored is None else f"{restored} restored")


def _say_result(result: SyncResult, verdicts: Verdicts) -> None:
    key = result.store.key
    if result.result == "busy":
        say(f"{key}: {_who(result)}; wait for it: storesync sync {key} --wait 5m")
        return
    if result.failure is not None:
        _say_failure([key], result.failure)
    else:
        if result.result == "skipped":
            say(f"{key}: sync-due reads it within a few minutes")
            return
        say(f"{key}: {result.result} in {result.seconds:.1f} s, {counted(result.requests, 'request')}")
    names = dict.fromkeys([*result.outcome.counters, *result.comparisons, *result.held])
    for name in names:
        texts = [text for text in (_did(result, name), _judged(verdicts.get(key, {}), name)) if text]
        say(f"  {name}: {' → '.join(texts)}")
        if name in result.comparisons:
            _say_ids(result.comparisons[name])


def _say_failure(keys: Sequence[str], failure: Failure) -> None:
    hint = f"; {clean(failure.hint)}" if failure.hint else ""
    say(f"{_some(keys[:NAMED], len(keys))}: failed, {clean(failure.message)}{hint}")


def _say_ids(compared: Comparison) -> None:
    """Print the ids that a person may want to look at: held deletions, and all that a dry run found."""
    counts = {"missing": compared.missing, "stale": compared.stale, "gone": compared.gone - compared.held}
    for kind, count in {**(counts if compared.dry_run else {}), "held": compared.held}.items():
        if count:
            say(f"    {kind}: {_some(compared.ids[kind], count)}")


def _some(ids: Sequence[str], count: int) -> str:
    more = f" and {count - len(ids):,} more" if count > len(ids) else ""
    return clean(", ".join(ids)) + more


def _who(result: SyncResult) -> str:
    holder = result.holder
    if holder is None:
        return "somebody else works on it"
    who = "sync-due" if holder.trigger == "cron" else holder.trigger
    what = f" ({holder.resource})" if holder.resource else ""
    return f"{who} has been at work on it since {holder.since:%H:%M:%S} UTC{what}"


def _did(result: SyncResult, name: str) -> str:
    done = []
    counters, compared = result.outcome.counters.get(name), result.comparisons.get(name)
    # Records fetched by a comparison are printed with it.
    if counters and counters.records > (compared.fetched if compared else -1):
        done.append(f"{counters.records:,} read, {counters.rows_written:,} rows written")
    if counters and counters.deleted:
        done.append(f"{counters.deleted} marked as deleted")
    if compared:
        found = {"missing": compared.missing, "stale": compared.stale, "gone": compared.gone}
        done.append(", ".join(f"{count} {what}" for what, count in found.items() if count) or "ids agree")
        if compared.fetched:
            done.append(f"{compared.fetched} fetched")
        if compared.deleted:
            done.append(f"{compared.deleted} marked as deleted")
        if compared.held:
            done.append(f"{compared.held} deletions {'to be ' * compared.dry_run}held, --confirm applies them")
    elif name in result.held:
        held = counted(result.held[name], "deletion")
        done.append(f"{held} held, look again: storesync reconcile {result.store.key}")
    return ", ".join(done)


def _judged(verdicts: dict[str, Verdict], name: str) -> str:
    verdict = verdicts.get(name)
    if verdict is None:
        return ""
    reason = f" ({clean(verdict.reason)})" if verdict.reason else ""
    return f"{verdict.word}{reason}"
