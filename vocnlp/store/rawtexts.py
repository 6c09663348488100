"""Raw texts of comments as they came, encrypted beside the masked ones, for those who set a key.

A ciphertext is a Fernet token (AES-128 in CBC mode, HMAC-SHA256); it is deleted with its comment. Its row
tells by a hash which key opens it, so that a key that is still needed is missed at the start, not when read.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from vocnlp.errors import InputError, MissingExtraError, WrongStateError
from vocnlp.store.database import Database
from vocnlp.store.tables import comments, raw_texts

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

__all__ = ["RawText", "RawTexts", "Sealed"]

SETTING = "VOCNLP_RAW_TEXT_KEYS"
MAKE_ONE = "openssl rand -base64 32 | tr +/ -_"
PAGE = 500

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sealed:
    """An encrypted text, and the hash of the key that opens it."""

    key: str
    ciphertext: str


@dataclass(frozen=True, slots=True)
class RawText:
    """The text as it came; `comment` is the number of its row, which names nobody."""

    comment: int
    text: str


class RawTexts:
    """The raw texts of a database; without keys none are kept.

    keys: Fernet keys with commas between them. The first encrypts, all decrypt.
    Raises InputError for a key that is none, MissingExtraError without the package `cryptography`.
    """

    def __init__(self, database: Database, keys: str = "") -> None:
        self._database = database
        self._keys = _read_keys(keys)
        self._first = next(iter(self._keys), None)

    def check(self) -> None:
        """Raises InputError when there are keys, and texts that none of them opens."""
        if not self._keys:
            return
        with self._database.reading() as connection:
            found = set(connection.execute(select(raw_texts.c.key).distinct()).scalars())
        if missing := sorted(found - self._keys.keys()):
            what = f"the database holds raw texts encrypted with the key {missing[0]} (hash)"
            have = ", ".join(self._keys)
            raise InputError(f"{what}; {SETTING} has only {have}: put the earlier key behind the new one")

    def seal(self, text: str) -> Sealed | None:
        """The text encrypted with the first key; None without keys."""
        if self._first is None:
            return None
        return Sealed(self._first, self._keys[self._first].encrypt(text.encode()).decode())

    def get(self, tenant: str, id: str) -> RawText | None:
        """The raw text of a comment, if one is kept; raises WrongStateError if it cannot be decrypted."""
        query = (
            select(raw_texts)
            .join(comments, comments.c.pk == raw_texts.c.comment)
            .where(comments.c.tenant == tenant, comments.c.id == id)
        )
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        return RawText(row.comment, self._open(Sealed(row.key, row.ciphertext))) if row else None

    def renew(self) -> int:
        """Encrypt with the first key what is encrypted with the others; how many texts."""
        others = [key for key in self._keys if key != self._first]
        query = select(raw_texts).where(raw_texts.c.key.in_(others)).order_by(raw_texts.c.comment).limit(PAGE)
        last, count = -1, 0
        while others:
            with self._database.writing() as connection:
                rows = connection.execute(query.where(raw_texts.c.comment > last)).all()
                for row in rows:
                    try:
                        sealed = self.seal(self._open(Sealed(row.key, row.ciphertext)))
                    except WrongStateError:
                        log.exception("a raw text stays as it is")
                        continue
                    assert sealed  # noqa: S101 - there are keys
                    values = {"key": sealed.key, "ciphertext": sealed.ciphertext}
                    connection.execute(
                        update(raw_texts).where(raw_texts.c.comment == row.comment).values(values)
                    )
                    count += 1
            if len(rows) < PAGE:
                break
            last = rows[-1].comment
        return count

    def _open(self, sealed: Sealed) -> str:
        key = self._keys.get(sealed.key)
        if key is None:
            what = f"the raw text is encrypted with the key {sealed.key} (hash)"
            raise WrongStateError(f"{what}, which {SETTING} of this process lacks")
        from cryptography.fernet import InvalidToken

        try:
            return key.decrypt(sealed.ciphertext).decode()
        except InvalidToken as error:
            raise WrongStateError(
                "the raw text was changed in the database; it cannot be decrypted"
            ) from error


def _read_keys(keys: str) -> dict[str, Fernet]:
    """The keys by their hashes, in order."""
    given = [key.strip() for key in keys.split(",") if key.strip()]
    if not given:
        return {}
    try:
        from cryptography.fernet import Fernet
    except ImportError as error:
        raise MissingExtraError("cryptography", "encryption") from error
    read: dict[str, Fernet] = {}
    for number, key in enumerate(given, 1):
        try:
            read[hashlib.sha256(key.encode()).hexdigest()[:16]] = Fernet(key)
        except ValueError as error:  # its words are not repeated: they are a secret
            what = f"{SETTING}: key {number} of {len(given)} is no Fernet key"
            raise InputError(f"{what} (32 bytes in URL-safe base64); make one with: {MAKE_ONE}") from error
    return read
