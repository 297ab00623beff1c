"""A small program that keeps a crontab in a file, in the place of the machine's own."""

from pathlib import Path

# As Debian's: it takes no last line without an end, and lets in only whom the administrator allows.
STAND_IN = """#!/bin/sh
cd "$(dirname "$0")" || exit 1
[ ! -e denied ] || { echo 'You (ana) are not allowed to use this program (crontab)' >&2; exit 1; }
case "$*" in
-l) [ -e kept ] || { echo 'no crontab for ana' >&2; exit 1; }
    cat kept ;;
-)  cat >new
    [ -z "$(tail -c 1 new)" ] || { echo 'new crontab file is missing newline before EOF' >&2; exit 1; }
    mv new kept && echo written >>writes ;;
*)  exit 2 ;;
esac
"""


class Crontab:
    """What the stand-in keeps."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        program = folder / "crontab"
        program.write_text(STAND_IN)
        program.chmod(0o755)

    @property
    def text(self) -> bytes | None:
        kept = self.folder / "kept"
        return kept.read_bytes() if kept.exists() else None

    @text.setter
    def text(self, text: bytes) -> None:
        (self.folder / "kept").write_bytes(text)

    @property
    def writes(self) -> int:
        log = self.folder / "writes"
        return len(log.read_text().splitlines()) if log.exists() else 0

    def deny(self) -> None:
        (self.folder / "denied").touch()
