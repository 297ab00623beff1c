"""The console script. A plain `sync-due`, once a minute for ever, does not pay for the rest of the program."""

import sys


def main() -> int:
    """Run the command of ``sys.argv``; return or exit with its code."""
    if sys.argv[1:] == ["sync-due"]:
        from storesync.idle import nothing_is_due  # noqa: PLC0415 - the point of this module

        if nothing_is_due():
            return 0
    from storesync.cli import app  # noqa: PLC0415

    app(prog_name="storesync")
    return 0


if __name__ == "__main__":
    sys.exit(main())
