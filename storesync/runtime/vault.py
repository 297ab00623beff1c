"""Encrypts credentials with the secret key, so that a copied database leaks no token.

The key comes from ``STORESYNC_SECRET_KEY`` or a file in the home folder that only this user can read.
Whoever can read both the database and the key can read the tokens.
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
    """Encrypts with the first of its keys and decrypts with any of them."""

    def __init__(self, *keys: bytes) -> None:
        """Use *keys*, each 32 bytes in URL-safe base64; `PersonNeeded` if one is not, or there is none."""
        try:
            self._newest, *_ = every = [Fernet(key) for key in keys]
            self._fernet = MultiFernet(every)
        except ValueError:
            raise PersonNeeded(
                "the secret key is not 32 bytes in URL-safe base64",
                hint="put back the right STORESYNC_SECRET_KEY or secret.key",
            ) from None

    def seal(self, store_key: str, credential: Credential) -> bytes:
        """Return *credential* encrypted with the first key and bound to this store."""
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
        """True if *sealed* was encrypted with the first key."""
        try:
            self._newest.decrypt(sealed)
        except InvalidToken:
            return False
        return True

    def wrap(self, secret: bytes) -> bytes:
        """Return *secret* encrypted with the first key."""
        return self._newest.encrypt(secret)

    def unwrap(self, wrapped: bytes) -> bytes | None:
        """Return the secret that `wrap` encrypted, or None if no key decrypts it."""
        try:
            return self._fernet.decrypt(wrapped)
        except InvalidToken:
            return None

    def open(self, store_key: str, sealed: bytes) -> Credential:
        """Return the decrypted credential of a store; `PersonNeeded` if no key decrypts it for this store."""
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
    """Return a vault with the configured keys (separated by commas), or else those in the key *file*.

    With *create*, a missing file is made with a new key. Raises `PersonNeeded` if there is no usable key.
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
    """Return a new random key."""
    return Fernet.generate_key().decode()


def begin_change(file: Path) -> None:
    """Put a new key before the old one in *file*; nothing changes if a rotation was already begun."""
    keys = file.read_text(encoding="ascii").split()
    if len(keys) == 1:
        _write_keys(file, [new_key(), *keys])


def end_change(file: Path) -> None:
    """Keep only the newest key in *file*."""
    _write_keys(file, file.read_text(encoding="ascii").split()[:1])


def _write_keys(file: Path, keys: Sequence[str]) -> None:
    replace_whole(file, "".join(f"{key}\n" for key in keys).encode())


def _write_key(file: Path) -> None:
    with made_whole(file) as fresh:
        fresh.write_text(f"{new_key()}\n", encoding="ascii")


def _instant(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
