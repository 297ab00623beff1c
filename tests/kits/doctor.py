"""A doctor for the program: asks what is wrong, and types what it says."""

import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from storesync.simulator.simulator import Simulator
from storesync.simulator.world import World
from tests.kits.crontabs import Crontab
from tests.kits.program import Answer, FakeClock, Program

ALPHA, SHOP = "shopify:alpha", "tiendanube:123456"


@dataclass
class Doctor:
    """Asks the program what is wrong, and types what it says."""

    program: Program
    crontab: Crontab

    def __call__(self, *words: str) -> list[dict]:
        """Return what is found beside what is well."""
        checks = self.program("doctor", "--json", *words).json["checks"]
        return [one for one in checks if one["status"] not in {"ok", "skipped"}]

    def one(self, check: str, *words: str) -> dict:
        """Return the only thing that is wrong; it is of this check."""
        [found] = self("--only", check, *words)
        return found

    def code(self, *words: str) -> int:
        return self.program("doctor", *words).code

    def type(self, command: str) -> Answer:
        """Run *command* as it is printed; whoever connects gives a good token."""
        words = shlex.split(command)
        if words[:3] != [sys.executable, "-m", "storesync"]:
            bin_folder = self.crontab.folder
            (bin_folder / "sudo").write_text('#!/bin/sh\nexec "$@"\n')
            (bin_folder / "sudo").chmod(0o755)
            environment = {"PATH": f"{bin_folder}:{os.environ['PATH']}", "HOME": str(self.program.home)}
            done = subprocess.run(
                ["sh", "-c", command], env=environment, capture_output=True, text=True, timeout=60, check=True
            )
            return Answer(done.returncode, done.stdout, done.stderr)
        shops = [shop for shop in self.program.world.shops.values() if shop.key in words]
        return self.program(*words[3:], stdin=f"{shops[0].issue_token()}\n" if shops else None)

    def mends(self, found: dict, *words: str) -> bool:
        """Type what *found* says; tell whether nothing is wrong with its check then."""
        answer = self.type(found["command"])
        assert answer.code == 0, answer
        return self("--only", found["name"], *words) == []

    def write_settings(self, *lines: str) -> None:
        """Add lines to the settings file."""
        with (self.program.home / ".env").open("a") as stream:
            stream.write("\n" + "\n".join(lines) + "\n")


def healthy_program(folder: Path) -> Program:
    """Return a program with two stores in step."""
    clock = FakeClock()
    program = Program(folder / "home", clock, Simulator(World(7, clock.now)))
    _add_shops(program.world)
    for platform, key in program.world.shops:
        assert program.connect(platform, key).code == 0
    (program.home / ".env").write_text("STORESYNC_CONTACT=ana@example.com\n")
    (program.home / ".env").chmod(0o600)
    program("sync-due")
    return program


def consulted(healthy: Program, program: Program, folder: Path) -> Doctor:
    """Return the doctor of a copy of the *healthy* program, whom cron called a minute ago.

    A world made anew with the same seed is the same, with the same tokens.
    """
    shutil.copytree(healthy.home, program.home)
    program.clock.at = healthy.clock.at
    _add_shops(program.world)
    for shop in program.world.shops.values():
        shop.issue_token()
    crontab = Crontab(folder / "bin")
    program.settings["PATH"] = str(crontab.folder)
    assert program("cron", "install").code == 0
    program.clock.advance(minutes=1)
    return Doctor(program, crontab)


def _add_shops(world: World) -> None:
    for platform, key in (("tiendanube", "123456"), ("shopify", "alpha")):
        world.add_shop(platform, key, orders=3)
