"""Masking of personal data, and what must not be masked."""

import re
import time
from datetime import date
from pathlib import Path

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType
from stdnum import luhn
from stdnum.br import cpf
from stdnum.cn import ric
from stdnum.es import dni
from stdnum.fr import nir
from stdnum.iso7064 import mod_97_10

from vocnlp.schema import Personal
from vocnlp.text.pii import PLACEHOLDERS, REGIONS, mask


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (
            "Nobody called me back, I am at (202) 555-0123 all day.",
            "Nobody called me back, I am at [PHONE] all day.",
        ),
        ("Reach me on +44 20 7946 0958 or 07911 123456", "Reach me on [PHONE] or [PHONE]"),
        ("just call 555-0123 after six", "just call [PHONE] after six"),
        ("客服让我留电话13800138000，到现在没人联系", "客服让我留电话[PHONE]，到现在没人联系"),
        ("手机１３９ ００１３ ９０００，晚上打", "手机[PHONE]，晚上打"),
        ("加我 1 3 8 0 0 1 3 8 0 0 0 聊", "加我 [PHONE] 聊"),
        ("固话010-62345678没人接", "固话[PHONE]没人接"),
        ("請打0912-345-678找林小姐", "請打[PHONE]找林小姐"),
        ("電話は090-1234-5678です。夜は03-1234-5678へ", "電話は[PHONE]です。夜は[PHONE]へ"),
        ("연락처는 010-2345-6789 입니다", "연락처는 [PHONE] 입니다"),
        (
            "Rufen Sie mich unter 0171 2345678 an (oder 030/1234567).",
            "Rufen Sie mich unter [PHONE] an (oder [PHONE]).",
        ),
        ("Joignable au 06 12 34 56 78 ou 01.23.45.67.89", "Joignable au [PHONE] ou [PHONE]"),
        ("llámenme al 612 34 56 78, por favor", "llámenme al [PHONE], por favor"),
        ("Meu zap é (11) 91234-5678", "Meu zap é [PHONE]"),
        ("звоните 8 (912) 345-67-89 или +7 495 123-45-67", "звоните [PHONE] или [PHONE]"),
        ("โทรกลับด้วยค่ะ 081-234-5678", "โทรกลับด้วยค่ะ [PHONE]"),
        ("gọi mình số 0912 345 678 nhé", "gọi mình số [PHONE] nhé"),
        ("hubungi saya di 0812-3456-7890 ya", "hubungi saya di [PHONE] ya"),
        ("اتصلوا بي على ٠٥٠١٢٣٤٥٦٧ من فضلكم", "اتصلوا بي على [PHONE] من فضلكم"),
        ("शिकायत के लिए 98765 43210 पर बात करें", "शिकायत के लिए [PHONE] पर बात करें"),
        ("two numbers: 13800138000 13900139000", "two numbers: [PHONE] [PHONE]"),
    ],
)
def test_phones(text: str, masked: str) -> None:
    assert mask(text)[0] == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Schreiben Sie an max.muster@example.de!", "Schreiben Sie an [EMAIL]!"),
        ("邮箱zhang_san@qq.com，已经发了三封", "邮箱[EMAIL]，已经发了三封"),
        ("ＬＡＭＰ＠ＥＸＡＭＰＬＥ．ＣＯＭ", "[EMAIL]"),
        ("o'neill@example.co.uk, 'jo@example.org'", "[EMAIL], '[EMAIL]'"),
        ("anna (at) gmail dot com, anna@gmail", "[EMAIL], [EMAIL]"),
        ("мой адрес иван@пример.рф", "мой адрес [EMAIL]"),
        ("身份证11010519491231002X拍给他们了", "身份证[ID_CARD]拍给他们了"),
        ("身份证号：110105194912310021 抄错也算", "身份证号：[ID_CARD] 抄错也算"),
        ("CPF 390.533.447-05, já enviei", "CPF [ID_CARD], já enviei"),
        ("mi DNI es 12345678Z", "mi DNI es [ID_CARD]"),
        ("numéro de sécu 2 95 10 99 126 111 93", "numéro de sécu [ID_CARD]"),
        ("주민번호 900101-1234567 왜 필요하죠", "주민번호 [ID_CARD] 왜 필요하죠"),
        ("they asked for my SSN 536-90-4399", "they asked for my SSN [ID_CARD]"),
        ("паспорт 4509123456", "паспорт [ID_CARD]"),
        ("银行卡6222021234567890123扣了两次", "银行卡[BANK_CARD]扣了两次"),
        ("charged 4111 1111 1111 1111 twice", "charged [BANK_CARD] twice"),
        ("card 5105-1051-0510-5100, cvv hidden", "card [BANK_CARD], cvv hidden"),
        ("Bitte auf DE89 3704 0044 0532 0130 00 erstatten", "Bitte auf [IBAN] erstatten"),
        ("https://shop.example.com/o?id=77&token=x1，打不开", "[URL]，打不开"),
        ("see https://jo:secret@example.com/a and t.me/jo_lamp", "see [URL] and [URL]"),
        ("https://example.com/r?q=名前&key=1 です", "[URL] です"),
        ("my address 203.0.113.7 and 2001:db8::ff00:42:8329", "my address [IP] and [IP]"),
        ("微信号: lamp_2024 还有QQ 123456789", "微信号: [ACCOUNT] 还有QQ [ACCOUNT]"),
    ],
)
def test_other_kinds(text: str, masked: str) -> None:
    assert mask(text)[0] == masked


@pytest.mark.parametrize(
    "text",
    [
        "order #4048-2221-77 never came",
        "订单号：202403151234567 一直不发货",
        "订单号HV-20260214-0837发过去了",
        "Aktenzeichen HV-20260405-1178, keine Antwort",
        "快递单号SF1234567890123没有更新",
        "訂單編號 A1234567 至今沒出貨",
        "注文番号は250-1234567-1234567です",
        "주문번호 2024031512345 취소해 주세요",
        "Bestellnummer 12345678 wurde storniert",
        "ma commande n° FR123456 est perdue",
        "el pedido nº 9988776655 no llega",
        "número do pedido: 9988776655",
        "номер заказа 123456789 не найден",
        "sipariş no 987654321 gelmedi",
        "رقم الطلب ١٢٣٤٥٦٧ لم يصل",
        "เลขพัสดุ TH0123456789A ไม่ขยับ",
        "mã đơn hàng 240315ABCDEF bị huỷ",
        "nomor resi JP1234567890 tidak bergerak",
        "parcel RR123456789CN and 1Z999AA10123456784",
        "amazon 114-1234567-1234567",
    ],
)
def test_order_codes_by_the_word_or_form(text: str) -> None:
    masked, personal = mask(text)
    assert "[ORDER]" in masked
    assert not re.search(r"\d{4}", masked)
    assert {found.type for found in personal} == {"order"}


@pytest.mark.parametrize(
    "text",
    [
        "Paid $1,299.00 on 2024-03-15 at 10:30:22, arrived 3/20/2024",
        "WH-1000XM4 and iPhone 15 Pro Max 256GB, 5000mAh, 1920x1080, 220-240V",
        "10/10, would rate 5/5, 1 2 3 4 5 6 7 8 9 10",
        "12,345,678.90 USD for 120 x 80 x 75 cm, about 3.14159265358",
        "Between 2019-2023 I ordered 12 lamps, firmware v2.10.345.6",
        "order 2 lamps, order 2024 collection",
        "花了1299元买的，2024年3月15日下单，20日到，100000000分推荐",
        "双11价格3999，比618贵200块，型号KFR-35GW/NhGc1B",
        "太棒了666666666，哈哈哈23333333333",
        "8成新，尺寸180*200，2024-03-15 14:05:33签收",
        "原價12800元，特價9980，第3次回購",
        "税込12,800円で購入、2024年3月15日着、型番ABC-1234",
        "가격은 35000000원이고 2024.03.15에 도착, 별점 4.5점",
        "Preis 1.299,00 EUR, 35.000 km, 12:45 Uhr, am 15.03.2024",
        "Commandé le 15/03/2024 pour 1 299,00 €, reçu à 14h30",
        "Costó 125000 pesos, talla 38-40, 15-03-2024",
        "Paguei R$ 1.299,90 em 12x, chegou dia 15/03/2024",
        "Купила за 12500 руб. 15.03.2024, размер 120х80, 5 из 5",
        "1.299.000 TL verdim, 15.03.2024 tarihinde geldi",
        "ราคา 12,500 บาท ซื้อ 15/3/2567 ได้ 5 ดาว 5555555555",
        "giá 1,299,000 VND, 1.299.000 đ, 650000000 đồng",
        "harga Rp 1250000, Rp1.250.000, ukuran 120x200",
        "السعر 1250 ريال بتاريخ 2024-03-15 والتقييم 5/5",
        "कीमत 12,999 रुपये, 15-03-2024 को मिला",
        "https://shop.example.com/lamp/oak and www.example.org",
        "lamp @ home, 50% off @shop",
        "[PHONE number]",
        "",
    ],
)
def test_prices_dates_models_and_scores_stay(text: str) -> None:
    assert mask(text) == (text, [])


def test_offsets_are_those_of_the_placeholders_in_the_masked_text() -> None:
    masked, personal = mask("a@example.com 打13800138000，订单号12345678 [URL]")
    assert masked == "[EMAIL] 打[PHONE]，订单号[ORDER] [URL]"
    assert personal == [
        Personal("email", 0, 7),
        Personal("phone", 9, 16),
        Personal("order", 20, 27),
        Personal("url", 28, 33),
    ]


def test_only_the_formats_of_the_regions_asked_for_count() -> None:
    assert mask("0612345678 et +33612345678", regions=("US",))[0] == "0612345678 et [PHONE]"
    assert mask("0612345678 et +33612345678", regions=("FR",))[0] == "[PHONE] et [PHONE]"


AROUND = st.sampled_from(
    [
        ("Please call ", " today."),
        ("我的是", "，谢谢"),
        ("（", "）"),
        ("Moi: ", ", merci!"),
        ("мой ", "; жду"),
        ("ของฉัน ", " ครับ"),
        ("", ""),
        ("私の", "です"),
        ("رقمي ", "، شكرا"),
    ]
)
WIDE = str.maketrans({ord("0") + digit: 0xFF10 + digit for digit in range(10)})


def digits(count: int) -> st.SearchStrategy[str]:
    return st.text(st.sampled_from("0123456789"), min_size=count, max_size=count)


@st.composite
def phones(draw: st.DrawFn) -> str:
    region = draw(st.sampled_from(REGIONS))
    kind = draw(st.sampled_from([PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE]))
    example = phonenumbers.example_number_for_type(region, kind)
    assert example is not None
    number = phonenumbers.PhoneNumber(
        country_code=example.country_code,
        national_number=int(str(example.national_number)[:-4] + draw(digits(4))),
        italian_leading_zero=example.italian_leading_zero,
    )
    forms = [PhoneNumberFormat.E164, PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.NATIONAL]
    form = draw(st.sampled_from(forms if phonenumbers.is_valid_number(number) else forms[:2]))
    written = phonenumbers.format_number(number, form)
    # numbers of eight digits without a prefix could be anything: they count behind a word that names them
    short = form == PhoneNumberFormat.NATIONAL and sum(map(str.isdigit, written)) < 9
    return draw(st.sampled_from([written, written.translate(WIDE)])) if not short else f"tel. {written}"


@given(phones(), AROUND)
def test_no_generated_phone_survives(phone: str, around: tuple[str, str]) -> None:
    masked, _ = mask(phone.join(around))
    assert "[" in masked
    assert not re.search(r"\d", masked)


LOCAL = st.from_regex(r"[a-z0-9]([a-z0-9._%+-]{0,20}[a-z0-9])?", fullmatch=True)
DOMAIN = st.from_regex(r"([a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?\.){1,3}[a-z]{2,8}", fullmatch=True)


@given(LOCAL, DOMAIN, AROUND)
def test_no_generated_email_survives(local: str, domain: str, around: tuple[str, str]) -> None:
    assert mask(f"{local}@{domain}".join(around))[0] == "[EMAIL]".join(around)


def fours(number: str) -> list[str]:
    return re.findall(".{1,4}", number)


def cpf_of(nine: str) -> str:
    for _ in range(2):
        total = sum(
            int(digit) * weight for digit, weight in zip(nine, range(len(nine) + 1, 1, -1), strict=True)
        )
        nine += str(total * 10 % 11 % 10)
    return cpf.format(nine)


def iban_of(bban: str) -> str:
    return "DE" + mod_97_10.calc_check_digits(bban + "DE") + bban


CHINESE = st.builds(
    lambda place, day, serial: f"{place}{day:%Y%m%d}{serial}",
    st.sampled_from(["110105", "310104", "440305", "510107"]),
    st.dates(min_value=date(1940, 1, 1), max_value=date(2020, 1, 1)),
    digits(3),
).map(lambda number: number + ric.calc_check_digit(number + "0"))
CARDS = st.builds(
    lambda prefix, rest: (prefix + rest)[:15],
    st.sampled_from(["4", "51", "2221", "6011", "62", "6759"]),
    digits(15),
).map(lambda number: number + luhn.calc_check_digit(number))
FRENCH = st.builds(lambda sex, rest: sex + rest, st.sampled_from("12"), digits(12))
IDENTITIES = st.one_of(
    CHINESE,
    CHINESE.map(lambda number: f"{number[:6]} {number[6:14]} {number[14:]}"),
    digits(9).map(cpf_of).filter(cpf.is_valid),
    digits(8).map(lambda number: number + dni.calc_check_digit(number)),
    FRENCH.map(lambda number: number + nir.calc_check_digits(number)).filter(nir.is_valid),
    CARDS,
    CARDS.map(fours).map(" ".join),
    CARDS.map(fours).map("-".join),
    digits(18).map(iban_of),
    digits(18).map(iban_of).map(fours).map(" ".join),
)


@given(IDENTITIES, AROUND, st.booleans())
def test_no_generated_identity_or_card_survives(number: str, around: tuple[str, str], wide: bool) -> None:
    masked, personal = mask((number.translate(WIDE) if wide else number).join(around))
    assert not re.search(r"\d{3}", masked)
    assert len(personal) == 1


PIECES = (
    st.sampled_from([f"[{name}]" for name in PLACEHOLDERS])
    | st.sampled_from(
        ["13800138000", "0612345678", "+1 202 555 0123", "a@b.co", "@", "www.", "https://a.b/?", "tel. "]
    )
    | st.sampled_from(
        [
            "订单号",
            "order ",
            "#",
            "-",
            ".",
            " ",
            "(",
            "4111111111111111",
            "12:30",
            "2024-03-15",
            "元",
            "\uff10",
        ]
    )
    | st.sampled_from(
        ["DE89370400440532013000", "1.2.3.4", "AB12", "微信", "qq", "[", "]", "card number", "/u/", "é"]
    )
    | digits(1)
    | digits(3)
    | digits(8)
    | st.text(max_size=3)
)


@given(st.lists(PIECES, max_size=12).map("".join))
def test_masking_is_idempotent(text: str) -> None:
    once = mask(text)
    assert mask(once[0]) == once
    for found in once[1]:
        assert once[0][found.start : found.end] == f"[{found.type.upper()}]"


@pytest.mark.parametrize(
    "unit",
    [
        "1",
        "1 ",
        "12 ",
        "1-",
        "1.",
        "a@",
        "a.",
        "AB12 ",
        "http://",
        "DE12",
        "order 12345678 ",
        "(",
        "+1",
        "1:",
        "tel 1",
        "@gmail",
    ],
)
def test_hostile_text_takes_linear_time(unit: str) -> None:
    text = unit * (20_000 // len(unit))
    mask("13800138000")  # the tables of the library are read once
    begin = time.process_time()
    mask(text)
    assert time.process_time() - begin < 3


def test_the_documentation_tells_of_every_placeholder_and_its_examples_hold() -> None:
    page = (Path(__file__).parents[2] / "docs" / "personal-data.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `\[(\w+)\]` \|", page, re.MULTILINE)) == set(PLACEHOLDERS)
    examples = re.findall(r"^\| `([^`\[]*)` \| `([^`]*)` \|$", page, re.MULTILINE)
    assert len(examples) >= 4
    for text, masked in examples:
        assert mask(text)[0] == masked
