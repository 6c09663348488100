"""Telephone numbers in running text, national or international, told from dates, amounts and scores."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneMetadata

__all__ = ["REGIONS", "find", "is_quantity", "without_dates"]

# fmt: off
REGIONS: tuple[str, ...] = (
    "CN", "HK", "TW", "US", "CA", "GB", "IE", "DE", "AT", "CH", "FR", "BE", "NL", "ES", "PT", "BR", "MX",
    "IT", "PL", "RU", "UA", "TR", "JP", "KR", "TH", "VN", "ID", "MY", "SG", "PH", "IN", "SA", "AE", "EG",
    "AU",
)
# fmt: on
"""Countries whose national formats are known by default; a number with `+` may be of any country."""

_MOBILE_WITHOUT_PREFIX = frozenset({"CN", "IN", "RU", "TR"})

_CHINESE_MOBILE = re.compile(r"1(?<!\d.)[3-9]\d{9}(?!\d)")
_BETWEEN = r"(?:\)? ?[-/·_] ?\(?|\)? {0,2}\(?|\.)"  # groups of digits
_CANDIDATE = re.compile(  # begins with a set of characters, which makes it fast
    rf"[+(\d](?<![A-Za-z\d].)(?:(?<=\+) ?\(?\d|(?<=\()\d|(?<=\d))(?:{_BETWEEN}\d){{6,}}(?![A-Za-z\d])"
)
_GROUP = re.compile(r"(?:\+ ?)?\(?\d+")
_KEYWORD = re.compile(
    r"(?:(?<![a-zà-ÿа-яё])(?:tel[eé]?|tel[eé]fon[oe]?|telephone|phone|mobile|mob|cell|call"
    r"|call(?: me)? (?:at|on)|whats ?app|wa|hp|fax|contact|telp|telepon|celular|zap|llam\w+|ligu?e|appel\w+"
    r"|portable|handy|anruf\w*|gsm|rufnummer|kom|sđt|sdt|đt|gọi|điện thoại|тел|телефон\w?|звонит\w*|моб)"
    r"|电话|電話|手机|手機|联系方式|聯繫方式|致电|来电|拨打|携帯|연락처|전화|핸드폰|휴대폰|โทร(?:ศัพท์)?|เบอร์"
    r"|هاتف|جوال|موبايل|واتس\w*|اتصل\w*|تلفن|फ़?ोन|मोबाइल)"
    r"(?:\W|number|no|nr|n[º°]|num[eé]ro|nummer|номер|号码|號碼|号|是|为|番号|は|번호|는|رقم|is|:){0,4}$"
)
_CURRENCY = (
    r"[$€£¥₫₩₽₹฿₺₴₦元圆円원塊块đ]"
    r"|(?:usd|eur|gbp|rmb|cny|jpy|krw|vnd|vnđ|idr|rp|thb|rub|inr|brl|mxn|try|sar|aed|egp)\b"
)
_BEFORE_AMOUNT = re.compile(rf"(?:{_CURRENCY}|r\$)\.?\s?$")
_AFTER_AMOUNT = re.compile(
    rf"\s?(?:{_CURRENCY}|%|บาท|جنيه|ريال|درهم|دينار|تومان|公里|毫安|步|次|人|个|票|年|倍|度|分"
    r"|(?:đồng|dong|baht|pesos?|rupiah|ribu|juta|won|yen|yuan|dollars?|euros?|reais|tl|lira|руб\w*"
    r"|mah|mhz|ghz|gb|mb|km|kg|lm|views?|steps|times|copies|people)\b)"
)
_DATED = re.compile(r"\d(?<![\d+].)[\d.,:/~年月 T_-]{2,}")
_YEAR, _MONTH, _DAY = r"(?:19|20)\d\d", r"(?:0?[1-9]|1[0-2])", r"[0-3]?\d"
_DATE = re.compile(
    r"(?<!\d)(?<!\d[-/.])(?:"
    rf"{_YEAR}[-/.年] ?{_MONTH}[-/.月] ?{_DAY}|{_DAY}[-/.]{_MONTH}[-/.](?:{_YEAR}|\d\d)"
    rf"|{_MONTH}[-/.]{_DAY}[-/.]{_YEAR}"
    rf"|{_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[ T_]?[0-2]\d[0-5]\d(?:[0-5]\d)?)?"
    rf"|{_YEAR} ?[-~/] ?(?:19|20)?\d\d|\d{{1,2}}:\d\d(?::\d\d)?|\d{{1,3}}(?:[.,]\d{{3}})+(?:[.,]\d{{1,2}})?"
    r")(?![-/.,]?\d)"
)
_DECIMAL = re.compile(r"(?<!\d)\d{1,3}[.,]$")
_REPEATED = re.compile(r"\d?(\d)\1{5,}")


def find(text: str, regions: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Ranges of telephone numbers in a text of ASCII digits `without_dates`, in order.

    A number with a country code counts if it may exist anywhere; one without if it is valid in a region and
    written with the prefix usual there, or, also a shorter one, if a word such as `Tel.` stands before it.
    """
    for candidate in _CANDIDATE.finditer(text):
        yield from _windows(text, candidate, tuple(regions))
    for mobile in _CHINESE_MOBILE.finditer(text):
        start, end = mobile.span()
        if text[start - 1 : start].isalpha() or text[end : end + 1].isalpha():
            yield start, end


def without_dates(text: str) -> str:
    """The text with dates, times, year ranges and numbers with thousands separators blotted out."""
    return _DATED.sub(lambda token: _DATE.sub(lambda date: "\0" * len(date.group()), token.group()), text)


def is_quantity(text: str, start: int, end: int) -> bool:
    """Whether a currency or unit stands next to the number `text[start:end]`, or it is one digit repeated."""
    if _REPEATED.fullmatch(text, start, end) and not _CHINESE_MOBILE.fullmatch(text, start, end):
        return True
    before, after = text[max(0, start - 6) : start].lower(), text[end : end + 10].lower()
    return bool(_BEFORE_AMOUNT.search(before) or _AFTER_AMOUNT.match(after))


def _windows(text: str, candidate: re.Match[str], regions: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Numbers in a run of groups of digits, each as long as possible, for a run may hold more than one."""
    groups = [group.span() for group in _GROUP.finditer(text, *candidate.span())]
    digits = [re.sub(r"\D", "", text[start:end]) for start, end in groups]
    first = 0
    while first < len(groups):
        start = groups[first][0]
        named = _KEYWORD.search(text[max(0, start - 30) : start].lower()) is not None
        for last in range(min(len(groups), first + 11) - 1, first - 1, -1):
            end = groups[last][1]
            if _is_phone(text, start, end, digits[first : last + 1], regions=regions, named=named):
                yield start, end
                first = last
                break
        first += 1


def _is_phone(
    text: str, start: int, end: int, groups: Sequence[str], *, regions: tuple[str, ...], named: bool
) -> bool:
    digits = "".join(groups)
    if not 7 <= len(digits) <= 17 or is_quantity(text, start, end):
        return False
    written = text[start:end]
    if written.startswith("+"):
        return _is_possible(written)
    if len(groups) == len(digits):  # 1 3 8 ... evades filters; 1 2 3 4 5 6 7 counts
        return _CHINESE_MOBILE.fullmatch(digits) is not None
    if named and len(digits) <= 15:
        return True
    lone_digit = any(len(group) == 1 for group in groups[1:]) and not digits.startswith("00")
    slashed = "/" in written and not re.match(r"\(?0\d{2,4}\)? ?/[^/]*$", written)
    decimal = _DECIMAL.search(text[max(0, start - 5) : start]) or re.fullmatch(r"(?!0\d)\d+\.\d+", written)
    return not (lone_digit or slashed or decimal) and _national(regions).fullmatch(digits) is not None


def _is_possible(written: str) -> bool:
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(written))
    except NumberParseException:
        return False


@cache
def _national(regions: tuple[str, ...]) -> re.Pattern[str]:
    """The numbers of the regions as digits, from the library's tables: with trunk prefix or country code."""
    forms: set[str] = set()
    for region in regions:
        metadata = PhoneMetadata.metadata_for_region(region)
        if metadata is None or metadata.mobile is None or metadata.fixed_line is None:
            continue
        mobile = metadata.mobile.national_number_pattern or ""
        fixed = metadata.fixed_line.national_number_pattern or mobile
        prefix = metadata.national_prefix or ""
        forms.add(f"(?:00{metadata.country_code}0?)(?:{mobile}|{fixed})|{metadata.country_code}(?:{mobile})")
        if prefix in ("", "1") or region == "BR":
            forms.add(f"(?=\\d{{9}})(?:{prefix})?(?:{mobile}|{fixed})")
        else:
            forms.add(f"(?=\\d{{9}}){prefix}(?:{mobile}|{fixed})")
        if region in _MOBILE_WITHOUT_PREFIX:
            forms.add(f"(?=\\d{{10}})(?:{mobile})")
    return re.compile("|".join(sorted(forms)))
