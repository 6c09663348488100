"""Raw texts are kept as ciphertext alone, opened by their key alone, and gone with their comment."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update

from vocnlp.errors import InputError, MissingExtraError, WrongStateError
from vocnlp.store.database import Database
from vocnlp.store.rawtexts import RawTexts
from vocnlp.store.repository import Repository, Submission, forget_old
from vocnlp.store.tables import comments, raw_texts

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
TEXT = "Call 13800138000, it is late"


@pytest.fixture
def database(database: Database) -> Iterator[Database]:
    """Without raw texts of other tests, whose keys would be missed."""
    empty(database)
    yield database
    empty(database)


def empty(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(delete(raw_texts))


@pytest.fixture
def keep(repository: Repository, tenant: str, submission: Callable[..., Submission]) -> Callable[..., Any]:
    """Stores a comment whose raw text is `TEXT`."""

    def add(raws: RawTexts, id: str = "c", **options: Any) -> None:
        raw = raws.seal(TEXT)
        repository.add(tenant, [submission(id, "Call [PHONE], it is late", raw=raw, **options)])

    return add


def rows(database: Database) -> list[Any]:
    with database.reading() as connection:
        return list(connection.execute(select(raw_texts).order_by(raw_texts.c.comment)).all())


def test_without_a_key_nothing_is_kept(database: Database, keep: Callable[..., None], tenant: str) -> None:
    raws = RawTexts(database)
    keep(raws)
    assert rows(database) == []
    assert raws.get(tenant, "c") is None
    raws.check()
    assert raws.renew() == 0


def test_a_raw_text_is_ciphertext_and_its_tenants(
    database: Database, keep: Callable[..., None], tenant: str
) -> None:
    raws = RawTexts(database, OLD)
    keep(raws)
    (row,) = rows(database)
    assert "13800138000" not in row.ciphertext
    assert Fernet(OLD).decrypt(row.ciphertext).decode() == TEXT
    assert OLD[:8] not in row.key
    found = raws.get(tenant, "c")
    assert found is not None
    assert (found.text, found.comment) == (TEXT, row.comment)
    assert raws.get(tenant, "another") is None
    assert raws.get(f"not {tenant}", "c") is None


def test_the_first_of_several_submissions_is_the_one_that_is_kept(
    database: Database, keep: Callable[..., None], tenant: str
) -> None:
    raws = RawTexts(database, OLD)
    keep(RawTexts(database))
    keep(raws)
    assert rows(database) == []
    assert raws.get(tenant, "c") is None


def test_the_files_of_sqlite_hold_no_raw_text(tmp_path: Path, submission: Callable[..., Submission]) -> None:
    database = Database(f"sqlite:///{tmp_path}/raw.db")
    database.migrate()
    sealed = RawTexts(database, OLD).seal(TEXT)
    Repository(database).add("t", [submission("c", "Call [PHONE]", raw=sealed)])
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert sealed is not None
    assert sealed.ciphertext.encode() in stored
    assert b"13800138000" not in stored
    assert OLD.encode() not in stored
    Repository(database).erase("t", "nobody")
    with database.writing() as connection:
        connection.execute(delete(comments))
    database.forget()
    assert sealed.ciphertext.encode() not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    database.close()


def test_keys_rotate(database: Database, keep: Callable[..., None], tenant: str) -> None:
    keep(RawTexts(database, OLD), "a")
    both = RawTexts(database, f"{NEW}, {OLD}")
    both.check()
    keep(both, "b")
    assert [found.text for id in "ab" if (found := both.get(tenant, id))] == [TEXT, TEXT]
    assert len({row.key for row in rows(database)}) == 2
    assert both.renew() == 1
    assert both.renew() == 0
    new = RawTexts(database, NEW)
    new.check()
    assert [found.text for id in "ab" if (found := new.get(tenant, id))] == [TEXT, TEXT]


def test_all_pages_are_renewed(
    database: Database, keep: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vocnlp.store.rawtexts.PAGE", 2)
    for number in range(5):
        keep(RawTexts(database, OLD), f"c{number}")
    assert RawTexts(database, f"{NEW},{OLD}").renew() == 5
    RawTexts(database, NEW).check()


def test_a_key_that_is_missing_is_told(database: Database, keep: Callable[..., None], tenant: str) -> None:
    keep(RawTexts(database, OLD))
    wrong = RawTexts(database, NEW)
    with pytest.raises(InputError, match="put the earlier key behind the new one") as told:
        wrong.check()
    assert OLD not in str(told.value)
    assert NEW not in str(told.value)
    with pytest.raises(WrongStateError, match="VOCNLP_RAW_TEXT_KEYS of this process lacks"):
        wrong.get(tenant, "c")


def test_what_was_changed_in_the_database_is_not_shown(
    database: Database, keep: Callable[..., None], tenant: str
) -> None:
    keep(RawTexts(database, OLD), "a")
    keep(RawTexts(database, OLD), "b")
    first = rows(database)[0]
    with database.writing() as connection:
        connection.execute(
            update(raw_texts)
            .where(raw_texts.c.comment == first.comment)
            .values(ciphertext=first.ciphertext[:-6] + "AAAA==")
        )
    both = RawTexts(database, f"{NEW},{OLD}")
    with pytest.raises(WrongStateError, match="was changed"):
        both.get(tenant, "a")
    assert both.renew() == 1  # the other one


@pytest.mark.parametrize(
    "keys",
    ["hush", f"{OLD},hush", "hush" * 11, "é" * 44],
    ids=["short", "second", "long", "accents"],
)
def test_what_is_no_key_is_refused_and_not_repeated(database: Database, keys: str) -> None:
    with pytest.raises(InputError, match=r"VOCNLP_RAW_TEXT_KEYS: key \d of \d is no Fernet key") as told:
        RawTexts(database, keys)
    assert "hush" not in str(told.value)
    assert OLD not in str(told.value)


def test_the_package_that_is_missing_is_named(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.fernet", None)
    RawTexts(database)
    with pytest.raises(MissingExtraError, match=r"pip install 'vocnlp\[encryption\]'"):
        RawTexts(database, OLD)


def test_raw_texts_go_with_their_customer(
    database: Database, repository: Repository, keep: Callable[..., None], tenant: str
) -> None:
    raws = RawTexts(database, OLD)
    keep(raws, "a", customer_id="p")
    keep(raws, "b", customer_id="q")
    assert repository.erase(tenant, "p").comments == 1
    assert raws.get(tenant, "a") is None
    assert raws.get(tenant, "b") is not None
    assert len(rows(database)) == 1


def test_raw_texts_go_when_they_are_old(database: Database, keep: Callable[..., None]) -> None:
    keep(RawTexts(database, OLD), "a")
    keep(RawTexts(database, OLD), "b")
    aged = datetime(2001, 1, 1, tzinfo=UTC)
    with database.writing() as connection:
        pk = connection.execute(select(func.min(raw_texts.c.comment))).scalar_one()
        connection.execute(update(comments).where(comments.c.pk == pk).values(received_at=aged))
    forget_old(database, aged + timedelta(days=1))
    assert [row.comment > pk for row in rows(database)] == [True]


@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_any_text_comes_back(text: str) -> None:
    sealed = RawTexts(Database("sqlite://"), OLD).seal(text)
    assert sealed is not None
    assert Fernet(OLD).decrypt(sealed.ciphertext).decode() == text
