"""The console script. A plain `sync-due`, once a minute for ever, does not pay for the rest of the program."""

import gc
import io
import os
import sys

_PLACES = {"--home": "home", "--database": "database", "--env-file": "env_file"}

OBJECTS_BETWEEN_COLLECTIONS = 100_000


def main() -> int:
    """Run the command of ``sys.argv``; return or exit with its code."""
    try:
        words = sys.argv[1:]
        places = _places_of_tick(words)
        if places is not None:
            from storesync.scheduler.idle import nothing_is_due  # noqa: PLC0415 - the point of this module

            if nothing_is_due(**places):
                return 0
        _run(words, places)
    except SystemExit as end:
        return _ended(end.code)
    except KeyboardInterrupt:
        # Before the command began.
        return _ended(130)
    return _ended(0)


def _run(words: list[str], places: dict[str, str] | None) -> None:
    # Hardly anything is garbage while modules are loaded; what they hold never is.
    gc.disable()
    # httpx then does without its command line, and so without click, rich and pygments.
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
    _prepare_streams()
    if places is not None:
        from storesync.cli.tick import plain_tick  # noqa: PLC0415

        _collect_rarely()
        sys.exit(plain_tick(**places))
    from storesync.cli.at_once import is_answered  # noqa: PLC0415

    if is_answered(words):
        return
    from storesync.cli.app import app  # noqa: PLC0415

    _collect_rarely()
    app(prog_name="storesync")


def _collect_rarely() -> None:
    """Set the garbage collector on: seldom, for pages of records, which it would walk each time, hold no cycles."""
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    gc.enable()


def _ended(code: int | str | None) -> int:
    """End the process with *code*, at once: Python would spend a sixth of a tick on freeing its memory.

    All is saved and closed by now, or safe to leave: this is no harder than a kill. If an output cannot be
    flushed, Python ends the process as it does.
    """
    try:
        for stream in filter(None, (sys.stdout, sys.stderr)):
            stream.flush()
    except (OSError, ValueError):
        sys.exit(code)
    if isinstance(code, int):
        os._exit(code)
    sys.exit(code)


def _places_of_tick(words: list[str]) -> dict[str, str] | None:
    """Return the places that the options before a plain ``sync-due`` name, None for any other command."""
    *options, command = words or [""]
    names, values = options[::2], options[1::2]
    if command != "sync-due" or len(names) != len(values) or not _PLACES.keys() >= set(names):
        return None
    return {_PLACES[name]: value for name, value in zip(names, values, strict=True)}


def _prepare_streams() -> None:
    """Show what the terminal's encoding does not know as an escape; a stream that is closed leads nowhere."""
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - until the process ends
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    sys.exit(main())
