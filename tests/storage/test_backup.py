"""`db backup`: a whole copy of a database that others write to."""

import shutil
import stat

import pytest

from storesync.storage import backup
from storesync.storage.engine import sqlite3
from storesync.tables import TABLES

NAMES = [*TABLES, "stores", "runs", "payloads", "credentials", "checkpoints"]


@pytest.fixture
def shop(program, tiendanube):
    assert program.connect("tiendanube", tiendanube.key).code == 0
    return tiendanube


def content(path):
    connection = sqlite3.connect(path)
    try:
        return {name: connection.execute(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall() for name in NAMES}
    finally:
        connection.close()


def test_the_copy_holds_what_the_database_holds(program, shop, tmp_path):
    """One file, readable by this user alone; its size is told, and what is not in it."""
    answer = program("db", "backup", "copy.db")
    file = tmp_path / "copy.db"

    assert (answer.code, stat.S_IMODE(file.stat().st_mode)) == (0, 0o600)
    assert answer.stdout == f"{file}: {file.stat().st_size / 10**6:,.1f} MB, checked\n"
    assert "key that opens its tokens is not in it" in answer.stderr
    assert content(file) == content(program.database)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["copy.db", "home"]


def test_a_copy_put_back_goes_on(program, shop, tmp_path):
    """In place of the database, with the log of the old one gone, it syncs as if nothing had happened."""
    assert program("db", "backup", str(tmp_path / "copy.db")).code == 0
    for file in program.home.glob("storesync.db*"):
        file.unlink()
    shutil.copyfile(tmp_path / "copy.db", program.database)

    assert program("sync", "--all").code == 0


def test_a_copy_is_of_one_moment(program, shop, tmp_path, monkeypatch):
    """What is written while it is made is not in it, nor does it begin anew."""
    monkeypatch.setattr(backup, "PAGES", 10)
    before, told = content(program.database), []
    database = backup.connect(str(program.database))

    def write(done, pages):
        told.append(done)
        program.write("UPDATE orders SET note = 'written meanwhile'")
        program.write("INSERT INTO marks VALUES (?, '')", str(done))

    backup.back_up(backup.Database(database, program.database), tmp_path / "copy.db", write)
    database.close()

    assert content(tmp_path / "copy.db") == before
    assert told == sorted(told)
    assert len(told) > 5


def test_nothing_is_overwritten(program, shop, tmp_path):
    """Exit code 2; also where the file appears while the copy is made."""
    (tmp_path / "copy.db").write_text("mine")
    answer = program("db", "backup", "copy.db")

    assert (answer.code, "exists already" in answer.stderr) == (2, True)
    assert (tmp_path / "copy.db").read_text() == "mine"


def test_a_file_that_appears_meanwhile_is_not_overwritten(program, shop, tmp_path, monkeypatch):
    """Whoever was first keeps the name."""
    file = tmp_path / "copy.db"
    sound = backup.must_be_sound
    monkeypatch.setattr(backup, "must_be_sound", lambda *one, **how: (file.write_text("mine"), sound(*one, **how)))
    answer = program("db", "backup", "copy.db")

    assert (answer.code, file.read_text()) == (2, "mine")


def test_a_folder_that_is_not_there_is_said(program, shop, tmp_path):
    """With how to make it."""
    answer = program("db", "backup", "nowhere/copy.db")

    assert answer.code == 2
    assert f"mkdir -p {tmp_path / 'nowhere'}" in answer.stderr


def test_damage_is_found_in_the_copy(program, shop, tmp_path):
    """Exit code 10, and no copy: the one from before is worth more."""
    program.sql("PRAGMA wal_checkpoint(TRUNCATE)")
    size = program.database.stat().st_size
    with program.database.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xff" * 40_000)
    answer = program("db", "backup", "copy.db")

    assert answer.code == 10
    assert f"{program.database} is damaged" in answer.stderr
    assert [one.name for one in tmp_path.iterdir()] == ["home"]


def test_it_needs_a_database(program, tmp_path):
    """Exit code 10; neither a database nor a copy is made."""
    assert program("db", "backup", "copy.db").code == 10
    assert not (tmp_path / "copy.db").exists()
