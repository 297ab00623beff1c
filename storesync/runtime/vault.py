"""Seals credentials, so that a copied database leaks no token.

The key comes from ``STORESYNC_SECRET_KEY`` or a file of this user's own beside the database.
It protects copies of the database, not against whoever can read the key as well.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from storesync.errors import PersonNeeded
from storesync.model import Credential
from storesync.runtime.files import made_whole, replace_whole


class Vault:
    """Seals with the first of its keys, and opens with any of them."""

    def __init__(self, *keys: bytes) -> None:
        """Use *keys*, each 32 bytes in URL-safe base64; `PersonNeeded` where one is not, or there is none."""
        try:
            self._newest, *_ = every = [Fernet(key) for key in keys]
            self._fernet = MultiFernet(every)
        except ValueError:
            raise PersonNeeded(
                "the secret key is not 32 bytes in URL-safe base64",
                hint="put back the right STORESYNC_SECRET_KEY or secret.key",
            ) from None

    def seal(self, store_key: str, credential: Credential) -> bytes:
        """Return *credential* so that only the first key opens it, and only for this store."""
        plain = {
            "store": store_key,
            "kind": credential.kind,
            "access_token": credential.access_token,
            "scopes": credential.scopes,
            "expires_at": credential.expires_at,
            "refresh_token": credential.refresh_token,
            "refresh_expires_at": credential.refresh_expires_at,
            "previous": credential.previous,
        }
        return self._newest.encrypt(orjson.dumps(plain))

    def is_newest(self, sealed: bytes) -> bool:
        """True where the first key sealed this."""
        try:
            self._newest.decrypt(sealed)
        except InvalidToken:
            return False
        return True

    def wrap(self, secret: bytes) -> bytes:
        """Return *secret* so that only this key opens it."""
        return self._newest.encrypt(secret)

    def unwrap(self, wrapped: bytes) -> bytes | None:
        """Return what was wrapped, None where this key does not open it."""
        try:
            return self._fernet.decrypt(wrapped)
        except InvalidToken:
            return None

    def open(self, store_key: str, sealed: bytes) -> Credential:
        """Return the credential of a store; `PersonNeeded` where no key opens it."""
        try:
            plain = orjson.loads(self._fernet.decrypt(sealed))
        except InvalidToken:
            plain = {}
        if plain.get("store") != store_key:
            raise PersonNeeded(
                f"the secret key does not open the token of {store_key}",
                hint="put back the key that was in use, or connect the store again: storesync connect",
            )
        return Credential(
            kind=plain["kind"],
            access_token=plain["access_token"],
            scopes=tuple(plain["scopes"]),
            expires_at=_instant(plain["expires_at"]),
            refresh_token=plain["refresh_token"],
            refresh_expires_at=_instant(plain["refresh_expires_at"]),
            previous=plain["previous"],
        )


def load_vault(secret_key: str | None, file: Path, *, create: bool) -> Vault:
    """Return the vault of the configured keys, else of those in the key file; *create* makes the file.

    Raises `PersonNeeded` where there is no key.
    """
    if secret_key:
        return Vault(*secret_key.encode().split(b","))
    try:
        if create and not file.exists():
            _write_key(file)
        return Vault(*file.read_bytes().split())
    except FileNotFoundError:
        raise PersonNeeded(
            f"the key that opens the tokens is missing: {file}",
            hint="put the file back; if it is lost, set STORESYNC_SECRET_KEY to a new key and connect each store again",
        ) from None
    except OSError as error:
        raise PersonNeeded(
            f"cannot read the key {file}: {error.strerror}", hint=f"look at its owner and mode: ls -l {file}"
        ) from None


def new_key() -> str:
    """Return a key that nobody has."""
    return Fernet.generate_key().decode()


def begin_change(file: Path) -> None:
    """Let a new key in *file* seal from now on, the old one opens still; a change that was begun goes on."""
    keys = file.read_text(encoding="ascii").split()
    if len(keys) == 1:
        _write_keys(file, [new_key(), *keys])


def end_change(file: Path) -> None:
    """Leave only the newest key in *file*."""
    _write_keys(file, file.read_text(encoding="ascii").split()[:1])


def _write_keys(file: Path, keys: Sequence[str]) -> None:
    replace_whole(file, "".join(f"{key}\n" for key in keys).encode())


def _write_key(file: Path) -> None:
    with made_whole(file) as fresh:
        fresh.write_text(f"{new_key()}\n", encoding="ascii")


def _instant(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
