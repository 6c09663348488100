"""Identity numbers, bank cards, bank accounts and the codes of orders and parcels in running text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module

from stdnum import iban, luhn, numdb

from vocnlp.text.phones import is_quantity

__all__ = [
    "find_bank_cards",
    "find_contacts",
    "find_ibans",
    "find_id_cards",
    "find_long_numbers",
    "find_orders",
]

Spans = Iterator[tuple[int, int]]

_EDGE, _END = r"(?<![A-Za-z\d+])(?<!\d[-.])", r"(?![A-Za-z\d]|[-.]\d)"

_CHECKED = {
    # module of python-stdnum that checks it: how it is written
    "br.cpf": r"\d{3}\.?\d{3}\.?\d{3}-?\d{2}",
    "cl.rut": r"\d{1,2}\.\d{3}\.\d{3}-[\dkK]",
    "dk.cpr": r"\d{6}-\d{4}",
    "es.dni": r"\d{8}-?[A-Za-z]",
    "es.nie": r"[XYZxyz]-?\d{7}-?[A-Za-z]",
    "fi.hetu": r"\d{6}[-+A]\d{3}[\dA-Y]",
    "fr.nir": r"[12][ .]?\d\d[ .]?\d\d[ .]?(?:\d\d|2[AB])[ .]?\d{3}[ .]?\d{3}[ .]?\d\d",
    "id.nik": r"\d{16}",
    "in_.aadhaar": r"(?<!\d )[2-9]\d{3}(?: \d{4} \d{4}|-\d{4}-\d{4})(?![ -]\d)",
    "in_.pan": r"[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]",
    "it.codicefiscale": r"[A-Za-z]{6}\d\d[A-Za-z]\d\d[A-Za-z]\d{3}[A-Za-z]",
    "jp.in_": r"(?<!\d )\d{4}(?: \d{4} \d{4}|-\d{4}-\d{4})(?![ -]\d)",
    "mx.curp": r"[A-Z]{4}\d{6}[HM][A-Z]{5}[\dA-Z]\d",
    "my.nric": r"\d{6}-\d\d-\d{4}",
    "no.fodselsnummer": r"\d{6} ?\d{5}",
    "pl.pesel": r"\d{11}",
    "ro.cnp": r"\d{13}",
    "se.personnummer": r"(?:\d\d)?\d{6}[-+]\d{4}",
    "th.pin": r"\d-?\d{4}-?\d{5}-?\d\d-?\d",
    "tr.tckimlik": r"[1-9]\d{10}",
    "us.ssn": r"\d{3}-\d\d-\d{4}",
    "za.idnr": r"\d{6} ?\d{4} ?\d{3}",
}
_SHAPES = (
    # China: also with a wrong checksum, for a slip of the pen hides nothing
    r"[1-9]\d{5}[ -]?(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[ -]?\d{3}[\dXx]",
    r"\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])-[1-8]\d{6}",  # Korea; since 2020 without a checksum
    r"[A-Z]{1,2}\d{6}\([\dA]\)",  # Hong Kong
    r"[A-Z][12]\d{8}",  # Taiwan
    r"[A-CEGHJ-PR-TW-Z]{2} ?\d\d ?\d\d ?\d\d ?[A-D]",  # United Kingdom, national insurance
)
_ID_CARDS = {name: re.compile(f"{_EDGE}{shape}{_END}") for name, shape in _CHECKED.items()}
_SHAPED = re.compile(f"{_EDGE}(?:{'|'.join(_SHAPES)}){_END}")
_IBAN = re.compile(r"(?<![A-Za-z\d])[A-Za-z]{2}\d\d(?=[ -]?[A-Za-z\d]{4})")
_CARD_RUN = re.compile(r"\d(?<![A-Za-z\d].)(?:[ -]?\d){12,}(?![A-Za-z\d])")
_CARD = re.compile(
    # Visa, Mastercard, American Express, Diners, JCB, Discover and RuPay, UnionPay, Mir, Troy, Maestro
    r"4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]|2[2-7])\d{14}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|35\d{14}"
    r"|6(?:011|[45]\d\d|0\d\d)\d{12}|8[12]\d{14}|62\d{14,17}|220[0-4]\d{12}|9792\d{12}|(?:50|5[6-8]|6[37])\d{11,17}"
)
_IN_FOURS = re.compile(rf"{_EDGE}\d{{4}}([ -])\d{{4}}\1\d{{4}}\1\d{{4}}(?:\1\d{{1,3}})?{_END}")
_NUMBER_WORD = (
    r"(?:[\s:#=.,\"'(\[-]|numbers?|numero|número|num|no|nr|n[º°]|numéro|numer|nummer|номер|№|id|code|código|cod|mã|số"
    r"|号码?|號碼?|编号|編號|码|碼|番号|번호|رقم|شماره|เลขที่|หมายเลข|nomor|no\.su|numarası|is|was|ist|est|es|é|è|是|为|為|は|은|는|nya"
    r"|เลข)"
)
_CODE = re.compile(
    # six characters and more with four digits and more, or groups of digits
    r"(?<![A-Za-z\d])(?:(?=[A-Za-z\d_/-]{6})(?:[A-Za-z_/-]{0,12}\d){4}[A-Za-z\d_/-]{0,39}(?<![_/-])"
    r"|\d{3,}(?: \d{3,}){1,5})(?![A-Za-z\d])"
)
_ORDER_WORDS = (
    r"orders?|order(?:nummer|nr|an)|tracking|parcel|package|shipment|invoice|ticket|case|rma|ref|reference|request|booking"
    r"|reservation|confirmation|receipt|transaction|serial|awb|waybill"
    r"|订单|訂單|单号|單號|运单|運單|快递|快遞|物流|包裹|发票|發票|工单|工單|流水|序列|取件码|会员|會員|账号|帳號"
    r"|注文|追跡|伝票|受付|予約|会員|お客様|주문|운송장|송장|예약|접수"
    r"|pedidos?|orden|compra|seguimiento|rastreo|gu[ií]a|factura|reserva|env[ií]o"
    r"|encomenda|rastre(?:io|amento)|protocolo|nota fiscal|commande|colis|suivi|facture|réservation|dossier"
    r"|(?:bestell|auftrags?|sendungs?|paket|rechnungs?|kunden|vorgangs?|buchungs?|referenz)-?(?:ung|nummer|nr)?|aktenzeichen"
    r"|ordine|spedizione|pacco|fattura|pratica|bestelling|bestelnummer|pakket|factuur|zending"
    r"|zam[óo]wieni[ea]|przesyłk[ai]|paczk[ai]|заказ\w{0,2}|трек\w{0,5}|посылк\w|накладн\w\w|чек\w?|замовлення|ттн"
    r"|sipariş|siparis|kargo|takip|fatura|(?:ال)?طلب(?:ي|ية)?|(?:ال)?شحنة|فاتورة|تتبع|سفارش|مرسوله|پیگیری|ऑर्डर|आर्डर"
    r"|ออเดอร์|คำสั่งซื้อ|พัสดุ|đơn hàng|(?:mã |vận )?đơn|comand[aă]|comenz\w+|pesanan|resi|transaksi|הזמנה|המזמנה"
)
_ORDER_BEFORE = re.compile(rf"(?<![a-z])(?:{_ORDER_WORDS}){_NUMBER_WORD}{{0,6}}$")
_ID_WORDS = (
    r"身份证|身分證|护照|護照|パスポート|マイナンバー|주민등록|여권|passport|passeport|pasaporte|passaporte|reisepass"
    r"|паспорт\w?|cpf|dni"
)
_NAMED_ID = re.compile(
    rf"(?:{_ID_WORDS}){_NUMBER_WORD}{{0,6}}(?P<code>(?=[a-z]{{0,2}}\d{{6}})[a-z\d]{{7,18}})(?![a-z\d])"
)
_CARD_WORDS = (
    r"银行卡|信用卡|卡号|銀行卡|卡號|カード番号|카드번호|card number|credit card|debit card|tarjeta|cartão"
    r"|carte bancaire|kreditkarte|номер карты"
)
_NAMED_CARD = re.compile(
    rf"(?:{_CARD_WORDS}){_NUMBER_WORD}{{0,6}}(?<!\d)(?P<code>\d(?:[ -]?\d){{11,18}})(?!\d)"
)
_PARCEL = re.compile(
    # Amazon; UPS; international post; couriers: letters, then nine digits and more
    rf"{_EDGE}(?:\d{{3}}-\d{{7}}-\d{{7}}|1Z[\dA-Z]{{16}}|[A-Z]{{2}}\d{{9}}[A-Z]{{2}}|[A-Z]{{1,4}}\d{{9,20}}){_END}"
)
_CONTACT = re.compile(
    r"(?:微信|威信|weixin|wechat|(?<![a-z])(?:wx|vx|qq|line|kakao|telegram|zalo|skype)(?![a-z])|v信|扣扣|企鹅|카톡|ライン)"
    r"(?:[\s:(-]|号码?|號碼?|id|是|为|加|群|아이디|は){1,6}(?P<code>(?=[a-z_-]*\d)[a-z\d][\w.-]{4,29})(?<=[a-z\d])",
    re.ASCII,
)
_LONG_NUMBER = re.compile(r"\d(?<![A-Za-z\d].)(?<!\d[.,].)\d{11,}(?![A-Za-z\d]|[.,]\d)")
_DIGITS = re.compile(r"\d(?:[^\d]{0,2}\d){5}|[A-Z]\d{4}[A-Z]")  # there is no identity number without


def find_id_cards(text: str) -> Spans:
    """Identity numbers whose checksum is right, of fixed shape, or behind a word such as `passport`."""
    if not _DIGITS.search(text):
        return
    for name, shape in _ID_CARDS.items():
        for found in shape.finditer(text):
            if not is_quantity(text, *found.span()) and import_module(f"stdnum.{name}").is_valid(
                found.group()
            ):
                yield found.span()
    yield from (found.span() for found in _SHAPED.finditer(text))
    yield from (found.span("code") for found in _NAMED_ID.finditer(text.lower()))


def find_bank_cards(text: str) -> Spans:
    """Numbers of the known card networks with a right Luhn digit, also as groups within more digits.

    In fours, or behind a word such as `卡号`, they count without it.
    """
    for run in _CARD_RUN.finditer(text):
        groups = [found.span() for found in re.finditer(r"\d+", run.group())]
        first = 0
        while first < len(groups):
            for last in range(min(len(groups), first + 7) - 1, first - 1, -1):
                start, end = run.start() + groups[first][0], run.start() + groups[last][1]
                digits = re.sub(r"\D", "", text[start:end])
                if _CARD.fullmatch(digits) and luhn.is_valid(digits):
                    yield start, end
                    first = last
                    break
            first += 1
    yield from (found.span() for found in _IN_FOURS.finditer(text))
    yield from (found.span("code") for found in _NAMED_CARD.finditer(text.lower()))


def find_ibans(text: str) -> Spans:
    """International bank account numbers with a right checksum."""
    for found in _IBAN.finditer(text):
        length = _iban_length(found.group()[:2].upper())
        account = re.compile(rf"(?:[A-Za-z\d][ -]?){{{length}}}(?<![ -])") if length else None
        whole = account.match(text, found.start()) if account else None
        if whole and iban.is_valid(whole.group()):
            yield whole.span()


@cache
def _iban_length(country: str) -> int:
    """Characters of an IBAN of the country, from python-stdnum's table; 0 if it has none."""
    properties = numdb.get("iban").info(country)[0][1]
    return 4 + sum(map(int, re.findall(r"(\d+)!", properties["bban"]))) if properties else 0


def find_orders(text: str) -> Spans:
    """Codes of orders, parcels and the like, in a text without dates: by the word before or by their form."""
    for code in _CODE.finditer(text):
        start, end = code.span()
        before = text[max(0, start - 48) : start].lower()
        if _ORDER_BEFORE.search(before) and not is_quantity(text, start, end):
            yield start, end
    yield from (found.span() for found in _PARCEL.finditer(text))


def find_long_numbers(text: str) -> Spans:
    """Numbers of twelve digits and more that nothing else explains, in a text without dates."""
    for found in _LONG_NUMBER.finditer(text):
        if not is_quantity(text, *found.span()):
            yield found.span()


def find_contacts(text: str) -> Spans:
    """Names in messengers behind the messenger's name (`微信号: lamp_2024`)."""
    yield from (found.span("code") for found in _CONTACT.finditer(text.lower()))
