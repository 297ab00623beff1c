"""Seals credentials, so that a copied database leaks no token.

The key comes from ``STORESYNC_SECRET_KEY`` or a file of this user's own beside the database.
It protects copies of the database, not against whoever can read the key as well.
"""

from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from cryptography.fernet import Fernet, InvalidToken

from storesync.errors import PersonNeeded
from storesync.files import made_whole
from storesync.model import Credential


class Vault:
    """Seals and opens with one key."""

    def __init__(self, key: bytes) -> None:
        """Use *key*, 32 bytes in URL-safe base64; `PersonNeeded` where it is none."""
        try:
            self._fernet = Fernet(key)
        except ValueError:
            raise PersonNeeded(
                "the secret key is not 32 bytes in URL-safe base64",
                hint="put back the right STORESYNC_SECRET_KEY or secret.key",
            ) from None

    def seal(self, store_key: str, credential: Credential) -> bytes:
        """Return *credential* so that only this key opens it, and only for this store."""
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
        return self._fernet.encrypt(orjson.dumps(plain))

    def open(self, store_key: str, sealed: bytes) -> Credential:
        """Return the credential of a store; `PersonNeeded` where this key does not open it."""
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
    """Return the vault of the configured key, else of the key file; *create* makes the file.

    Raises `PersonNeeded` where there is no key.
    """
    if secret_key:
        return Vault(secret_key.encode())
    try:
        if create and not file.exists():
            _write_key(file)
        return Vault(file.read_bytes().strip())
    except FileNotFoundError:
        raise PersonNeeded(
            f"the key that opens the tokens is missing: {file}",
            hint="put the file back; if it is lost, set STORESYNC_SECRET_KEY to a new key and connect each store again",
        ) from None
    except OSError as error:
        raise PersonNeeded(
            f"cannot read the key {file}: {error.strerror}", hint=f"look at its owner and mode: ls -l {file}"
        ) from None


def _write_key(file: Path) -> None:
    with made_whole(file) as fresh:
        fresh.write_bytes(Fernet.generate_key() + b"\n")


def _instant(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
