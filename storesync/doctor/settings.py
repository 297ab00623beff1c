"""Judges the facts about settings, file permissions and the secret key. Pure."""

import re
import shlex
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from storesync.data import dataclass
from storesync.doctor.finding import PERSON, Finding, all_well, found_by
from storesync.errors import StoresyncError, UsageError
from storesync.runtime.settings import Fault

_NEW_KEY = "import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())"


@dataclass(frozen=True, slots=True)
class File:
    """An existing file or folder. *is_secret*: only its owner may read it, not even its group."""

    path: str
    mode: int
    owner: str
    is_folder: bool = False
    is_secret: bool = False

    @property
    def is_open(self) -> bool:
        """True if others may read or change it."""
        return bool(self.mode & (0o077 if self.is_secret else 0o027))


@dataclass(frozen=True, slots=True)
class ShutOut:
    """What keeps *group*, which may read *database*, from doing so: folders *above* its own, and what is *beside* it.

    *beside* are its folder and the files that SQLite keeps there.
    """

    group: str
    database: str
    above: Sequence[str] = ()
    beside: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Unusable:
    """A needed folder that cannot be entered or, if not *is_folder*, another kind of file in its place."""

    path: str
    is_folder: bool = True
    is_home: bool = True


@dataclass(frozen=True, slots=True)
class Key:
    """The secret key: *fault* is what is wrong with it, *again* the command to reconnect a store.

    *file* is None if the key is a setting.
    """

    file: str | None = None
    fault: StoresyncError | None = None
    is_missing: bool = False
    again: str | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """The facts about the settings, the files and the secret key.

    *env_file* is the settings file, which may not exist yet; *error* is why it could not be read. *set_by_shell* are
    the settings in the environment. *unusable* is a folder that cannot be used. *apps_missing* are platforms whose
    tokens cannot be renewed, each with a setting that is missing. *notices_need* is the command needed before a
    notice can be sent; *notices_understood* is whether any, and whether all, of the Apprise URLs are valid.
    *look_at_log* is the command to use if the log cannot be written. *shut_out* is set if the group that may read the
    database cannot.
    """

    home: str
    user: str
    env_file: str
    faults: Sequence[Fault] = ()
    names: frozenset[str] = frozenset()
    set_by_shell: frozenset[str] = frozenset()
    error: StoresyncError | None = None
    files: Sequence[File] = ()
    unusable: Unusable | None = None
    key: Key | None = None
    apps_missing: Sequence[tuple[str, str]] = ()
    is_contact_missing: bool = False
    notices_need: str | None = None
    notices_understood: tuple[bool, bool] = (True, True)
    look_at_log: str | None = None
    shut_out: ShutOut | None = None

    def setting(self, name: str, value: str) -> str:
        """Return the shell command that sets a setting."""
        if name in self.set_by_shell:
            return f"export {name}={shlex.quote(value)}"
        line = shlex.quote(f"{name}={value}")
        return f"(umask 077; printf '\\n%s\\n' {line} >>{shlex.quote(self.env_file)})"

    def without(self, name: str) -> str:
        """Return the shell command that removes a setting."""
        if name in self.set_by_shell:
            return f"unset {name}"
        return f"sed -i.bak 's/^[^#]*{name}=/#&/' {shlex.quote(self.env_file)}"


def of_config(config: Config) -> list[Finding]:
    """Return the findings about settings, secrets and file permissions."""
    found = [_fault(fault, config) for fault in config.faults]
    if config.error:
        found.append(found_by("config", config.error, command=f"ls -l {shlex.quote(config.env_file)}"))
    found += [*_owners(config), *_open_files(config.files), *_shut_out(config.shut_out), *_key(config)]
    for platform, name in config.apps_missing:
        message = f"tokens of {platform} cannot be renewed: {name} is not set; put in place of FROM-YOUR-APP what it is"
        found.append(Finding("config", "fail", message, config.setting(name, "FROM-YOUR-APP"), exit_code=PERSON))
    if config.is_contact_missing:
        message = "STORESYNC_CONTACT is not set: Tiendanube wants to know whom to write to"
        found.append(Finding("config", "warn", message, config.setting("STORESYNC_CONTACT", "you@example.com")))
    if config.notices_need:
        found.append(Finding("config", "warn", "notices cannot be sent: Apprise is missing", config.notices_need))
    is_any, are_all = config.notices_understood
    if not are_all:
        message = "STORESYNC_NOTIFY_URL holds what is no address of Apprise: not all notices can be sent"
        edit = f"${{EDITOR:-vi}} {shlex.quote(config.env_file)}"
        found.append(Finding("config", "warn", message, edit if is_any else config.without("STORESYNC_NOTIFY_URL")))
    if config.look_at_log:
        found.append(Finding("config", "warn", "the log cannot be written", config.look_at_log))
    return all_well("config", found, f"settings, key and permissions are in order ({config.home})")


def _fault(fault: Fault, config: Config) -> Finding:
    return Finding("config", "fail", fault.message, _mended(fault, config), exit_code=UsageError.exit_code)


def _mended(fault: Fault, config: Config) -> str:
    if fault.line is None:
        return f"unset {shlex.quote(fault.name)}"
    meant = _meant(fault.name, config.names)
    change = f"s/{fault.name}/{meant}/" if meant else "s/^/#/"
    return f"sed -i.bak '{fault.line}{change}' {shlex.quote(config.env_file)}"


def _meant(name: str, names: Iterable[str]) -> str | None:
    """Return the setting that a misspelt *name* stands for, None if none is close."""
    if name in names or not re.fullmatch(r"STORESYNC_\w+", name, re.ASCII):
        return None
    known = {each.removeprefix("STORESYNC_"): each for each in names}
    close = get_close_matches(name.removeprefix("STORESYNC_"), known, n=1, cutoff=0.75)
    return known[close[0]] if close else None


def _owners(config: Config) -> list[Finding]:
    """Return a finding for files owned by another user, which this user cannot write."""
    home = next((file for file in config.files if file.is_folder), None)
    owner = home.owner if home else config.user
    found = []
    if owner != config.user:
        message = f"{config.home} belongs to {owner}, and you are {config.user}: run storesync as {owner}"
        command = f"sudo -u {shlex.quote(owner)} storesync doctor"
        found.append(Finding("config", "fail", message, command, exit_code=PERSON))
    elif config.unusable and config.unusable.path not in {file.path for file in config.files if file.owner != owner}:
        found.append(_unusable_folder(config.unusable))
    strange = [file for file in config.files if file.owner != owner]
    if strange:
        whose = ", ".join(sorted({file.owner for file in strange}))
        message = f"{_listed(strange)} belongs to {whose}, and the home folder to {owner}"
        command = f"sudo chown {shlex.quote(owner)} {_quoted(strange)}"
        found.append(Finding("config", "fail", message, command, exit_code=PERSON))
    return found


def _unusable_folder(folder: Unusable) -> Finding:
    path = shlex.quote(folder.path)
    why = "its mode does not let you in" if folder.is_folder else "it is no folder"
    # The workers folder can be recreated; the home folder holds what cannot.
    elsewhere = f"ls -ld {path}" if folder.is_home else f"mv {path} {path}.unusable"
    command = f"chmod 700 {path}" if folder.is_folder else elsewhere
    return Finding("config", "fail", f"{folder.path} cannot be used: {why}", command, exit_code=PERSON)


def _open_files(files: Sequence[File]) -> list[Finding]:
    opened = [file for file in files if file.is_open]
    if not opened:
        return []
    by_mode = {"700": [one for one in opened if one.is_folder], "600": [one for one in opened if not one.is_folder]}
    command = " && ".join(f"chmod {mode} {_quoted(some)}" for mode, some in by_mode.items() if some)
    message = f"others on this machine may read or change {_listed(opened)}"
    return [Finding("config", "fail", message, command, exit_code=PERSON)]


def _shut_out(found: ShutOut | None) -> list[Finding]:
    if found is None:
        return []
    folder = found.database.rpartition("/")[0]
    # With the bit s, what is made in the folder later is the group's as well.
    own = shlex.join(dict.fromkeys((folder, *found.beside)))
    command = (
        f"sudo chgrp {shlex.quote(found.group)} {own} && sudo chmod g+rX {own} && sudo chmod g+s {shlex.quote(folder)}"
    )
    if found.above:
        command = f"sudo chmod a+x {shlex.join(found.above)} && {command}"
    way = ", ".join((*found.above, *found.beside))
    message = f"the group {found.group} may read {found.database}, and cannot: {way} shuts it out"
    return [Finding("config", "warn", message, command)]


def _key(config: Config) -> list[Finding]:
    key = config.key
    if key is None or key.fault is None:
        return []
    file = shlex.quote(key.file) if key.file else ""
    if key.is_missing:
        message = (
            f"{key.fault.message}; put it back, and only if it is lost make a new one and connect each store again"
        )
        return [
            Finding(
                "config", "fail", message, f"(umask 077; set -C; python3 -c '{_NEW_KEY}' >{file})", exit_code=PERSON
            )
        ]
    if key.again:
        message = (
            f"{key.fault.message}; put back the key that was in use, and only if it is lost connect each store again"
        )
        return [Finding("config", "fail", message, key.again, exit_code=PERSON)]
    drop = f"mv {file} {file}.unusable" if file else config.without("STORESYNC_SECRET_KEY")
    return [found_by("config", key.fault, command=drop)]


def _listed(files: Iterable[File]) -> str:
    return ", ".join(file.path for file in files)


def _quoted(files: Iterable[File]) -> str:
    return shlex.join(file.path for file in files)
