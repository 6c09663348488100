"""Cut a comment of any language into clauses: the units that carry an opinion and serve as evidence."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cached_property

from vocnlp.text.conjunctions import AFTER, AMBIGUOUS, BEFORE_CHARACTERS, BEFORE_WORDS, NO_TURN

__all__ = ["MAX_LENGTH", "split"]

MAX_LENGTH = 200
"""No clause is longer, in code points."""

_HAN_KANA = "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_SPACELESS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Myanmar, Khmer: spaces part phrases
_EMOJI = "\u2190-\u21ff\u231a-\u23ff\u25a0-\u27bf\u2b00-\u2bff\ufe0f\u200d\U0001f000-\U0001faff"
_ENDERS = "!?。！？｡．؟؛۔։।॥።፧༎།။…⋯；"
_CLOSERS = "\\])}\"'”’»」』）】》〉"
_BULLETS = "•●▪■◆◦✓✔✅❌✗✘►▶\u2460-\u2473"
_SUBORDINATE = "that|which|who|because|dass|daß|weil|что|чтобы|котор|że|któr|že|kter|hogy"

# What may part clauses: how it counts, the characters it begins with, what must follow or surround them.
_RULES: tuple[tuple[str, str, str], ...] = (
    ("skip", ":", r"//[!-~]+"),  # the rest of a URL
    ("skip", ".", r"[a-z0-9-]{1,63}(?:\.[a-z]{2,24}){0,3}[/?][!-~]*"),
    ("begin", _BULLETS, r"(?=\s*\w)"),
    ("begin", "1-9", rf"(?<![\d.,:]\d)\d?(?:、|[.．)）](?=\s*[{_HAN_KANA}]))(?=\D)"),
    ("begin", "¿¡", r"(?<=\s.)"),
    ("end", _ENDERS, rf"[{_ENDERS}.~～]*[{_CLOSERS}]*(?:\s?[{_EMOJI}]+)?"),
    ("end", ".", rf"\.+[{_CLOSERS}]*"),
    ("dot", ".", rf"[{_CLOSERS}]*(?=\s|$|[{_HAN_KANA}])|(?=[^\W\d_])(?<=[^\W\d_]{{2}}.)"),
    ("end", r"\n\t\v\f\r\u2028\u2029\u3000", r"\s*"),
    ("end", "，", ""),
    ("end", ",", rf"(?=[{_HAN_KANA}])|(?<=[{_HAN_KANA}].)(?!\d)"),
    ("end", "~～", rf"(?<![\d\s~～].)[~～]*+(?=[{_HAN_KANA}\s])"),
    ("end", ";", rf"(?=[\s{_HAN_KANA}])"),
    ("end", "—", "—+"),
    ("end", " ", rf"(?<=[{_HAN_KANA}].) *(?=[{_HAN_KANA}])"),
    ("end", " ", r"[:;=]['-]?[)(dp]+(?=\s)"),
    ("end", _EMOJI, rf"(?<![{_EMOJI}].)[{_EMOJI}]*+ ?(?=[^\W\d])"),
    ("end", "ㅋㅎㅠㅜ", r"(?<![ㅋㅎㅠㅜ].)[ㅋㅎㅠㅜ]++(?=[\s가-힣])"),
    ("end", r"\^", r"\^(?=\s)"),
    *(("end", word[0], word[1:]) for word in AFTER),
    ("soft", ",", rf"(?!\d)(?!\s*(?:{_SUBORDINATE})\b)"),
    ("soft", "،", ""),
    ("list", "、", ""),
    ("soft", " ", r"[-–—|]+(?=\s)"),
    ("soft", "—", ""),
    ("soft", " ", rf"(?<=[{_SPACELESS}].) *(?=[{_SPACELESS}])(?![ๆฯ])"),
    ("turn", r"\s", rf"(?:{'|'.join(sorted(BEFORE_WORDS, reverse=True))})(?!\w)"),
    *(("begin", word[0], word[1:]) for word in BEFORE_CHARACTERS),
)


def _compile() -> re.Pattern[str]:
    """All rules as one expression, each a group named by its kind and number.

    It begins with a set of characters, and rules of spaces stand apart: both make it several times faster.
    """
    spaces: list[str] = []
    others: list[str] = []
    for number, (kind, first, rest) in enumerate(_RULES):
        rule = f"(?P<{kind}_{number}>(?<=[{first}])(?:{rest}))"
        (spaces if first in (" ", r"\s") else others).append(rule)
    firsts = "".join(first for _, first, _ in _RULES)
    return re.compile(rf"[{firsts}](?:(?<=\s)(?:{'|'.join(spaces)})|(?<=[^ ])(?:{'|'.join(others)}))")


_BREAK = _compile()
_WORD = re.compile(r"\w")
_SPACES = re.compile(r"\s*")
_ITEM = re.compile(r"(?:^|\n)\W*\d{1,2}$")  # the number of a list item
_KANA = re.compile("[\u3040-\u30ff]")
_DENSE = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u9fff\uac00-\ud7a3]")
_NO_TURN = re.compile(NO_TURN)
_EVIDENCE = {word: re.compile(pattern) for word, pattern in AMBIGUOUS.items()}
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"'])(?:mr|mrs|ms|dr|prof|st|vs|inc|ltd|approx|ca|bzw|inkl|exkl|zzgl|z(?:\. b)?|d\. ?h|evtl"
    r"|ggf|max|min|tel|str|sr|sra|srta|ud|uds|vd|av|mme|mlle|env|p|pág|pag|art|ej|ex|гр?|руб|коп|шт|ул|т|др|см|напр|tzv"
    r"|tj|np|bpk|ibu|dll|dsb|kv|fig|jr|[^\W\d_](?:\.[^\W\d_])+)$"
)
_NUMBERED = re.compile(r"(?:^|\W)(?:no|nr|núm|num|№|pos|fig|ref|abb|рис)$")


def split(text: str) -> list[tuple[int, int]]:
    """Half-open ranges of code points, in order, that cover every character of `text` except white space.

    A clause ends at sentence ends, line ends and commas with an opinion's worth of words on both sides; it
    begins at conjunctions such as `but`, at bullets and at `¿`. Thai and Chinese spaces count as commas.
    None is empty or longer than `MAX_LENGTH`; only a blank text has no clause.
    """
    ranges: list[tuple[int, int]] = []
    start = 0
    for cut in (*_cuts(text), len(text)):
        piece = text[start:cut]
        end = start + len(piece.rstrip())
        begin = end - len(piece.strip())
        start = cut
        if begin == end:
            continue
        if ranges and not _WORD.search(piece):
            begin = ranges.pop()[0]
        ranges.append((begin, end))
    if all(end - begin <= MAX_LENGTH for begin, end in ranges):
        return ranges
    return [piece for begin, end in ranges for piece in _bounded(text, begin, end)]


def _cuts(text: str) -> Iterator[int]:
    """Where a clause ends and another begins, in order; never before a clause has a word."""
    comment = _Comment(text)
    start, read = 0, 0  # of the clause at hand: its begin, and up to where it was searched for a word
    comma = -1  # in it, and may turn out to be a cut
    for found in _BREAK.finditer(comment.lowered):
        kind = str(found.lastgroup).partition("_")[0]
        at = found.start() if kind in ("turn", "begin") else found.end()
        if kind == "soft" or (kind == "list" and comment.is_japanese):
            if comma > 0 and _weighty(text, comma, at):
                yield (start := comma)
            comma = at if _weighty(text, start, at) else -1
        elif (
            kind in ("skip", "list")
            or (kind == "dot" and not comment.is_full_stop(found))
            or (kind == "turn" and not comment.is_turn(found))
        ):
            continue
        elif _WORD.search(text, max(start, read), at):
            if comma > 0 and _weighty(text, comma, at):
                yield comma
            yield (start := at)
            comma = -1
        read = at
    if comma > 0 and _weighty(text, comma, len(text)):
        yield comma


class _Comment:
    """A comment and what is asked of it more than once."""

    def __init__(self, text: str) -> None:
        lowered = text.lower()
        self.text = text
        self.lowered = lowered if len(lowered) == len(text) else text
        self.shown: dict[str, bool] = {}  # an ambiguous conjunction: is the text in its language?

    @cached_property
    def is_japanese(self) -> bool:
        return _KANA.search(self.text) is not None

    def is_full_stop(self, dot: re.Match[str]) -> bool:
        before = self.lowered[max(0, dot.start() - 16) : dot.start()]
        after = self.text[dot.end() : dot.end() + 64]
        if after and not after[0].isspace():  # `nice.Will buy again`, but not a domain or an e-mail address
            return not after[0].islower() and "@" not in after.split(maxsplit=1)[0]
        if _NUMBERED.search(before):
            return not after.lstrip()[:1].isdigit()
        return not (_ITEM.search(before) or _ABBREVIATION.search(before))

    def is_turn(self, conjunction: re.Match[str]) -> bool:
        word = conjunction.group().strip()
        if word in _EVIDENCE and word not in self.shown:
            self.shown[word] = _EVIDENCE[word].search(self.lowered) is not None
        before = self.lowered[max(0, conjunction.start() - 16) : conjunction.start() + 1]
        return self.shown.get(word, True) and not _NO_TURN.search(before)


def _weighty(text: str, start: int, end: int) -> bool:
    """Whether a piece between commas may be a clause: two words, or four characters of a dense script."""
    piece = text[start : min(end, start + 80)].strip(" ,،、")
    if len(piece) >= 8 and " " in piece:
        return True
    return len(piece) >= 4 and _DENSE.search(piece) is not None


def _bounded(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut a long range at spaces, else hard, but not between a letter and its marks."""
    while end - start > MAX_LENGTH:
        cut = text.rfind(" ", start + 1, start + MAX_LENGTH + 1)
        if cut < 0:
            cut = start + MAX_LENGTH
            while cut > start + MAX_LENGTH // 2 and unicodedata.category(text[cut]).startswith("M"):
                cut -= 1
        yield start, start + len(text[start:cut].rstrip())
        start = _SPACES.match(text, cut).end()  # type: ignore[union-attr]  # it matches everything
    yield start, end
