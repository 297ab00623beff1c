"""Credentials are sealed: only this key opens them, and only for their own store."""

import stat
from datetime import UTC, datetime

import pytest
from cryptography.fernet import Fernet

from storesync.errors import PersonNeeded
from storesync.model import App, Credential
from storesync.runtime.vault import Vault, load_vault

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KEY = "shopify:alpha"
WHOLE = Credential(
    "oauth_expiring",
    "shpat_secret",
    scopes=("read_orders", "read_products"),
    expires_at=NOON,
    refresh_token="shprt_secret",
    refresh_expires_at=NOON,
    previous="shprt_older",
)


@pytest.fixture
def vault() -> Vault:
    return Vault(Fernet.generate_key())


@pytest.mark.parametrize("credential", [WHOLE, Credential("static", "shpat_secret")], ids=["whole", "bare"])
def test_what_was_sealed_comes_back(vault, credential):
    """Every field, instants and scopes included."""
    assert vault.open(KEY, vault.seal(KEY, credential)) == credential


def test_the_sealed_form_shows_nothing(vault):
    """A copied database leaks no token; two seals of one token differ."""
    sealed = vault.seal(KEY, WHOLE)

    assert b"secret" not in sealed
    assert sealed != vault.seal(KEY, WHOLE)


@pytest.mark.parametrize(
    "tamper",
    [
        lambda sealed: sealed[:-2] + b"AA",
        lambda sealed: sealed[: len(sealed) // 2],
        lambda sealed: b"",
        lambda sealed: b"\xff\x00",
    ],
    ids=["changed", "cut", "empty", "bytes"],
)
def test_a_changed_seal_does_not_open(vault, tamper):
    """Damage is told as such, in words."""
    with pytest.raises(PersonNeeded, match="does not open the token of shopify:alpha"):
        vault.open(KEY, tamper(vault.seal(KEY, WHOLE)))


def test_the_sealed_token_of_another_store_is_refused(vault):
    """Rows of the database that were swapped open nothing."""
    with pytest.raises(PersonNeeded, match="does not open the token of shopify:beta"):
        vault.open("shopify:beta", vault.seal(KEY, WHOLE))


def test_another_key_is_refused_with_the_way_out(vault):
    """Exit code 4: a person has to put the right key back."""
    with pytest.raises(PersonNeeded, match="does not open") as caught:
        Vault(Fernet.generate_key()).open(KEY, vault.seal(KEY, WHOLE))

    assert caught.value.exit_code == 4
    assert caught.value.hint == "put back the key that was in use, or connect the store again: storesync connect"


@pytest.mark.parametrize("key", [b"", b"short", b"x" * 44, b"\xff" * 32, "ñ".encode() * 22])
def test_a_key_that_is_none_is_refused_without_showing_it(key):
    """Neither the message nor the hint holds it."""
    with pytest.raises(PersonNeeded, match="is not 32 bytes in URL-safe base64") as caught:
        Vault(key)

    assert "short" not in f"{caught.value}{caught.value.hint}"


def test_the_key_file_is_made_once_and_for_its_owner_only(tmp_path):
    """Mode 0600; the second start uses the first one's key."""
    file = tmp_path / "secret.key"
    sealed = load_vault(None, file, create=True).seal(KEY, WHOLE)
    made = file.read_bytes()

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert load_vault(None, file, create=True).open(KEY, sealed) == WHOLE
    assert load_vault(None, file, create=False).open(KEY, sealed) == WHOLE
    assert file.read_bytes() == made
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def test_without_a_key_a_person_is_told_which_file_is_missing(tmp_path):
    """Only connect makes a key: another one would not open the tokens that are there."""
    file = tmp_path / "secret.key"

    with pytest.raises(PersonNeeded, match=f"missing: {file}") as caught:
        load_vault(None, file, create=False)

    assert "STORESYNC_SECRET_KEY" in (caught.value.hint or "")
    assert not file.exists()


def test_the_configured_key_comes_before_the_file(tmp_path):
    """With STORESYNC_SECRET_KEY no file is read or made."""
    file, key = tmp_path / "secret.key", Fernet.generate_key().decode()
    sealed = load_vault(key, file, create=True).seal(KEY, WHOLE)

    assert not file.exists()
    assert Vault(key.encode()).open(KEY, sealed) == WHOLE


def test_an_unreadable_key_file_is_told_in_words(tmp_path):
    """A folder, or a file that belongs to root, in the key's place is a fault with a way out."""
    (tmp_path / "secret.key").mkdir()

    with pytest.raises(PersonNeeded, match="cannot read the key"):
        load_vault(None, tmp_path / "secret.key", create=False)


@pytest.mark.parametrize("thing", [WHOLE, App("id", "app-secret")], ids=["credential", "app"])
def test_a_repr_hides_secrets(thing):
    """A token in a traceback or a log line is a leak."""
    shown = repr(thing)

    assert all(secret not in shown for secret in ("secret", "older"))
