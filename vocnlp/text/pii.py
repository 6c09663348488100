"""Mask personal data: telephone numbers, addresses of mail, web and machines, numbers of cards and orders."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence

from vocnlp.schema import Personal
from vocnlp.text import identifiers, phones
from vocnlp.text.phones import REGIONS

__all__ = ["PLACEHOLDERS", "REGIONS", "mask"]

Span = tuple[int, int]
Finders = tuple[tuple[str, Callable[[str], Iterable[Span]]], ...]

PLACEHOLDERS = ("ACCOUNT", "BANK_CARD", "EMAIL", "IBAN", "ID_CARD", "IP", "ORDER", "PHONE", "URL")
"""The words in square brackets that stand for masked data; in lower case they are the types of `Personal`."""

_PLACEHOLDER = re.compile(rf"\[({'|'.join(PLACEHOLDERS)})\]")
_HINT = re.compile(r"\d(?:\D{0,5}\d){3}")  # fewer digits than four, or far apart, are nobody's number
_HOST = re.compile(r"\.[A-Za-z]{2,5}/")

_DIGIT_ZEROS = "\u0660\u06f0\u0966\u09e6\u0a66\u0ae6\u0be6\u0c66\u0ce6\u0d66\u0e50\u0ed0\u1040\u17e0\uff10"
_ASCII = {ord(zero) + digit: str(digit) for zero in _DIGIT_ZEROS for digit in range(10)}
_ASCII |= {ord(char): unicodedata.normalize("NFKC", char) for char in map(chr, range(0xFF01, 0xFF5F))}
_ASCII |= dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212\ufe63"), "-")
_ASCII |= dict.fromkeys(map(ord, "\u00a0\u2007\u2009\u202f\u3000"), " ")

_LETTER = "A-Za-z\\d\u00c0-\u024f\u0370-\u052f"
_PROVIDER = (
    r"(?:gmail|googlemail|hotmail|outlook|live|msn|yahoo|icloud|qq|163|126|foxmail|sina|naver|daum|hanmail|kakao|yandex|mail"
    r"|gmx|web|proton(?:mail)?|orange|free|laposte|uol|bol|libero|docomo|ezweb|rambler|t-online|wp|onet)"
)
_AT = r"(?:@|[(\[]at[)\]])"
_EMAIL = re.compile(
    rf"(?<![{_LETTER}._%+-])[{_LETTER}._%+-]++(?:'[{_LETTER}._%+-]++)?(?:{_AT}(?:[{_LETTER}-]{{1,63}}\.)+[{_LETTER}]{{2,24}}"
    # written apart, or half, only at a known provider: `lamp @ home` is no address
    rf"| ?{_AT} ?{_PROVIDER}(?![{_LETTER}])(?:\s?(?:\.|[(\[]?dot[)\]]?)\s?[a-z]{{2,3}}\b)*)",
    re.IGNORECASE,
)
_URL = re.compile(
    r"(?:(?<![a-z\d])(?:(?:https?|ftp)://|www\.)|(?<![a-z\d_.@-])(?:[a-z\d-]{1,63}\.){1,4}[a-z]{2,10}/)"
    r"(?:[!#-;=?-Z\\^-~]++|[^\W\x00-\x7f]++(?=[&=/?%#]))++",
    re.IGNORECASE,
)
_PRIVATE_URL = re.compile(
    r"\?.|[#;&][^=]*=.|//[^/]*@|/(?:u|users?|profile|account|orders?|invite|share|track(?:ing)?|reset|unsubscribe)/."
    r"|/(?=[^/]*\d)[a-z\d]{20,}(?![\w-])|[\da-f]{8}-[\da-f]{4}-"
    r"|\b(?:wa\.me|t\.me|m\.me|zalo\.me|line\.me|facebook\.com|fb\.com|instagram\.com|twitter\.com|x\.com|vk\.com|ok\.ru"
    r"|tiktok\.com|linkedin\.com|weibo\.com|api\.whatsapp\.com)/\w",
    re.IGNORECASE,
)
_IP = re.compile(
    r"(?<![\w.:])(?:(?:\d{1,3}\.){3}\d{1,3}|(?=[\da-f:]*\d)(?:[\da-f]{0,4}:){3,7}[\da-f]{0,4})(?![\w:]|\.\d)",
    re.I,
)
_MAY_BE_IP = re.compile(r"\d\.\d{1,3}\.\d|:[\da-fA-F]{0,4}:")
_VERSION = re.compile(r"(?:v|ver|version|版本|ios|android|miui|firmware|build)[\s:.]{0,2}$", re.IGNORECASE)


def mask(text: str, regions: Sequence[str] = REGIONS) -> tuple[str, list[Personal]]:
    """Put a placeholder such as `[PHONE]` in the place of personal data.

    `regions` are ISO 3166 codes of the countries whose national telephone formats count. Digits of all
    scripts and widths are understood. Returns the masked text and, in order, where placeholders stand in it,
    also those that it had before: masking a masked text changes nothing. What is found and what is not is
    told in `docs/personal-data.md`.
    """
    while _may_hold(text):
        spans = _find(text, regions)
        if not spans:
            break
        text = _replace(text, spans)
    if "[" not in text:
        return text, []
    return text, [Personal(at.group(1).lower(), at.start(), at.end()) for at in _PLACEHOLDER.finditer(text)]


def _may_hold(text: str) -> bool:
    return (
        _HINT.search(text) is not None
        or "@" in text
        or "\uff20" in text
        or "://" in text
        or "www." in text
        or "at)" in text
        or "at]" in text
        or _HOST.search(text) is not None
    )


def _find(text: str, regions: Sequence[str]) -> list[tuple[int, int, str]]:
    """Start, end and kind of everything to be masked, in order and without overlap: the first finder wins."""
    plain = text.translate(_ASCII)
    found = [(start, end, "URL") for start, end in _disjoint(_find_urls(text))]
    plain = _blot(plain, found)
    exact: Finders = (
        ("EMAIL", _find_emails),
        ("IP", _find_ips),
        ("IBAN", identifiers.find_ibans),
        ("ID_CARD", identifiers.find_id_cards),
        ("BANK_CARD", identifiers.find_bank_cards),
        ("ACCOUNT", identifiers.find_contacts),
    )
    loose: Finders = (
        ("ORDER", identifiers.find_orders),
        ("PHONE", lambda plain: phones.find(plain, regions)),
        ("ORDER", identifiers.find_long_numbers),
    )
    for finders in (exact, loose):
        for kind, finder in finders:
            new = [(start, end, kind) for start, end in _disjoint(finder(plain))]
            plain = _blot(plain, new)
            found += new
        if not _HINT.search(plain):
            break
        plain = phones.without_dates(plain)
    return sorted(found)


def _disjoint(spans: Iterable[Span]) -> Iterator[Span]:
    """Without those that begin inside an earlier and longer one."""
    last = 0
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if start >= last:
            yield start, end
            last = end


def _blot(plain: str, spans: Sequence[tuple[int, int, str]]) -> str:
    return (
        _fill(plain, ((start, end, "\0" * (end - start)) for start, end, _ in sorted(spans)))
        if spans
        else plain
    )


def _replace(text: str, spans: Iterable[tuple[int, int, str]]) -> str:
    return _fill(text, ((start, end, f"[{kind}]") for start, end, kind in spans))


def _fill(text: str, pieces: Iterable[tuple[int, int, str]]) -> str:
    parts, last = [], 0
    for start, end, filling in pieces:
        parts += [text[last:start], filling]
        last = end
    return "".join([*parts, text[last:]])


def _find_urls(text: str) -> Iterator[Span]:
    """Addresses that tell more than a page: with a query, a user, a token, or a person's page."""
    if "://" not in text and "www." not in text and not _HOST.search(text):
        return
    for found in _URL.finditer(text):
        url = found.group().rstrip(".,;:!?)'")
        if _PRIVATE_URL.search(url):
            yield found.start(), found.start() + len(url)


def _find_emails(plain: str) -> Iterator[Span]:
    if "@" in plain or "at)" in plain or "at]" in plain:
        yield from (found.span() for found in _EMAIL.finditer(plain))


def _find_ips(plain: str) -> Iterator[Span]:
    if not _MAY_BE_IP.search(plain):
        return
    for found in _IP.finditer(plain):
        if _VERSION.search(plain[max(0, found.start() - 10) : found.start()]):
            continue
        try:
            ipaddress.ip_address(found.group())
        except ValueError:
            continue
        yield found.span()
