"""Which encoding a file is in, and how a line that breaks it is still read, with a word about it."""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Iterator, Sequence

from vocnlp.batch.legacy import EAST_ASIAN, detect
from vocnlp.batch.rows import half_characters, mended, warning
from vocnlp.errors import ErrorCode, InputError

__all__ = ["Decoder", "transcode"]

REPLACED = "\ufffd"

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def transcode(chunks: Iterator[bytes], encoding: str | None) -> tuple[Iterator[bytes], str | None]:
    """Bytes in which a line ends in the byte `\\n`, and the encoding named for them, if any is known.

    encoding: the user's choice, or None to go by the byte order mark and by the NULs of UTF-16.
    Raises InputError for an encoding that Python does not know.
    """
    head = next(chunks, b"")
    found = _check(encoding) if encoding else _unicode(head)
    whole = _chain(head, chunks)
    if found is None:
        return whole, None
    if found in ("utf-8", "utf-8-sig"):
        return _without_mark(head, chunks), "utf-8"
    if "\n".encode(found).endswith(b"\n") and len("\n".encode(found)) == 1:
        return whole, found
    return _to_utf8(whole, found), "utf-8"


def _check(encoding: str) -> str:
    try:
        info = codecs.lookup(encoding)
        "\n".encode(encoding)  # refuses the likes of "base64"
    except (LookupError, TypeError, ValueError):
        raise InputError(
            f"encoding {encoding!r} is unknown; use a name such as utf-8, utf-16, gb18030, big5, cp1252"
        ) from None
    return info.name


def _unicode(head: bytes) -> str | None:
    """The Unicode encoding that the first bytes give away."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    sample = head[:4096]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    # ASCII punctuation and digits of a table are half NULs in UTF-16; stray NULs fall on both sides
    if max(even, odd) > len(sample) // 20 and min(even, odd) * 10 < max(even, odd):
        return "utf-16-le" if odd > even else "utf-16-be"
    return None


def _chain(head: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from chunks


def _without_mark(head: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    return _chain(head.removeprefix(codecs.BOM_UTF8), chunks)


def _to_utf8(chunks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    # lone surrogates go through: the text repair reports them
    errors = "surrogatepass" if encoding.startswith("utf-") else "strict"
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    done = 0
    for chunk in chunks:
        try:
            yield decoder.decode(chunk).encode("utf-8", "surrogatepass")
        except UnicodeDecodeError as error:
            raise InputError(f"the input is not {encoding}: {error.reason} near byte {done}") from error
        done += len(chunk)
    try:
        yield decoder.decode(b"", final=True).encode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        yield b"\xff"  # the file ends inside a character: broken in UTF-8 too, so the last line is warned of


class Decoder:
    """Decodes line by line: the file's encoding first, then what a line of another origin could be.

    Nothing is replaced silently: a line read by another encoding, or with damaged bytes shown as U+FFFD,
    comes with a warning; a line that no encoding explains comes with none of its text.
    """

    def __init__(self, sample: Sequence[bytes], encoding: str | None) -> None:
        """sample: lines from the start of the file; encoding: what is known already."""
        self.chosen = encoding is not None
        foreign = [line for line in sample if not line.isascii()]
        broken = [line for line in foreign if _strict(line, "utf-8") is None]
        self.other = None if self.chosen else _majority(broken)
        mixed = 2 * len(broken) <= len(foreign) or _damaged(b"".join(foreign))
        self.encoding = encoding or (self.other if self.other and not mixed else "utf-8")

    def decode(self, line: bytes, number: int) -> tuple[str | None, str | None]:
        """The text of a line, and the warning to its row; the text is None if no encoding explains it."""
        if line.isascii():
            return line.decode("ascii"), None
        if self.chosen and (text := _strict(line, self.encoding)) is not None:
            return text, None
        text = _strict(line, "utf-8")
        if text is not None and not self._rather(text, line):
            return text, None if self.encoding == "utf-8" else self._note(number, "utf-8")
        if self.encoding != "utf-8" and (text := _strict(line, self.encoding)) is not None:
            return text, None
        return self._mend(line, number)

    def _mend(self, line: bytes, number: int) -> tuple[str | None, str | None]:
        if (text := _strict(line, "utf-8", "surrogatepass")) is not None:
            return mended(text), half_characters(f"line {number}")
        other = None if _damaged(line) else detect(line) or self.other
        if other and (text := _strict(line, other)) is not None:
            return text, self._note(number, other)
        if not _damaged(line) and not self.chosen:
            return None, None
        text = line.decode("utf-8", "replace")
        what = f"line {number} holds bytes that no UTF-8 has: U+FFFD, {text.count(REPLACED)} times"
        return text, warning(ErrorCode.BAD_ENCODING, what)

    def _rather(self, text: str, line: bytes) -> bool:
        """Two-byte sequences of UTF-8 are also characters of East Asian encodings: the file's own wins."""
        east = self.encoding in EAST_ASIAN and max(text) < "\u0800"
        return east and _strict(line, self.encoding) is not None

    def _note(self, number: int, read_as: str) -> str:
        what = f"line {number} is not {self.encoding} like the rest; it was read as {read_as}"
        return warning(ErrorCode.BAD_ENCODING, what)


def _majority(lines: Sequence[bytes]) -> str | None:
    """The encoding of all lines, or of the most where some are broken."""
    if found := detect(b"".join(lines)):
        return found
    votes = Counter(filter(None, map(detect, lines[:200])))
    return max(votes, key=votes.__getitem__, default=None)


def _strict(line: bytes, encoding: str, errors: str = "strict") -> str | None:
    try:
        return line.decode(encoding, errors)
    except UnicodeDecodeError:
        return None


def _damaged(line: bytes) -> bool:
    """UTF-8 with a few broken bytes, such as a comment cut at so many bytes, and not another encoding."""
    text = line.decode("utf-8", "replace")
    bad = text.count(REPLACED)
    good = sum(not character.isascii() for character in text) - bad
    return bad > 0 and good > bad
