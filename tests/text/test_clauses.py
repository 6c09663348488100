"""Clause segmentation in all scripts."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocnlp.text.clauses import MAX_LENGTH, split


def clauses(text: str) -> list[str]:
    return [text[start:end] for start, end in split(text)]


@pytest.mark.parametrize(
    "marked",
    [
        "The lamp is great |but the delivery was slow.",
        "great shelf, |bad delivery",
        "Fast delivery, |good quality, |nice colour!!! |Would buy again :) |support never answered...",
        "Lovely chair... |However it arrived late |even though I paid for express.",
        "Nice lamp.|The box was broken.",
        "Is this a joke?? |Two weeks! |No answer…",
        "good quality 😊 |delivery slow 😡 |support ok",
        "✅ sturdy |❌ heavy |✓ cheap",
        "- fast\n|- cheap\n|- broken box",
        "Die Vase ist schön, |aber die Lieferung dauerte drei Wochen. |Nie wieder!",
        "Le tapis est superbe |mais la livraison a été longue, |je ne recommande pas",
        "¡Me encanta la lámpara! |¿Por qué tardó tanto? |Bonita |pero cara",
        "O produto é muito bom |mas a entrega demorou.",
        "La sedia è bella |ma la consegna è stata lenta",
        "Стол хороший, |но доставка ужасная. |Никто не отвечает",
        "Produkt jest ładny |ale przesyłka przyszła za późno",
        "Ürün güzel |ama kargo çok yavaş",
        "Hàng đẹp |nhưng giao chậm lắm ạ. |Shop tư vấn nhiệt tình",
        "Barangnya bagus |tapi pengiriman lama, |kemasan rapi",
        "التوصيل تأخر كثيرا، |لكن المصباح جميل جدا؟ |لا أنصح به؛ |خدمة سيئة",
        "کیفیت خوب بود |ولی ارسال خیلی طول کشید",
        "सामान अच्छा है |लेकिन डिलीवरी बहुत देर से हुई। |पैकिंग खराब थी",
        "物流太慢了，|三个星期才到，|客服也不回复！|灯本身不错|但是很贵。",
        "质量好|但物流慢 |包装也破了~|客服态度差",
        "1、质量很好|2、物流很快|3、客服不错",
        "質量很好,|就是有點貴;|客服沒有回覆",
        "デザインは良いですが|組み立てが難しい。|安いけど|壊れやすい、|二度と買いません！",
        "배송이 너무 늦었어요 |디자인은 예쁜데 |조립이 어려워요ㅠㅠ",
        "가격은 좋지만 |품질은 별로예요. |하지만 또 살게요",
        "สินค้าดีมาก|แต่ส่งช้า |แพ็คของดี |พนักงานตอบไว",
    ],
)
def test_split_where_an_opinion_ends(marked: str) -> None:
    text = marked.replace("|", "")
    assert clauses(text) == [clause.strip() for clause in marked.split("|")]


@pytest.mark.parametrize(
    "text",
    [
        "good, cheap, fast",
        "I paid $3.50 at 10:30 a.m. on 12.03.2024 for 1,299 pieces",
        "see https://shop.example.com/a?b=1,2!x and www.example.org/faq?q=a;b",
        "write to john.Smith@example.com or [PHONE] or [EMAIL]",
        "Mr. Smith and Dr. Lee came e.g. for No. 5",
        "Die Lampe ist z. B. schön und kostet ca. 30 Euro",
        "цена 500 руб. за шт.",
        "1. Good lamp",
        "nothing but praise for this shop",
        "the men who delivered it were friendly",
        "mais barato que na outra loja",
        "no compro mas en esta tienda",
        "ma commande est arrivée",
        "不但便宜而且好用",
        "再好不过了",
        "质量、包装、服务都很好",
        "ตั้งแต่สั่งมา",
        "แต่งบ้านสวย",
        "评分4.5分",
        "👍👍👍",
        "?!",
    ],
)
def test_kept_whole(text: str) -> None:
    assert clauses(text) == [text]


def test_what_has_no_word_joins_its_neighbour() -> None:
    assert clauses("😡 terrible") == ["😡 terrible"]
    assert clauses("好评！！！👍👍 下次还来 ♥") == ["好评！！！👍👍", "下次还来 ♥"]
    assert clauses("... well ...") == ["... well ..."]


def test_a_blank_text_has_no_clause() -> None:
    assert split("") == []
    assert split(" \n\u3000\t") == []


@pytest.mark.parametrize("unit", ["ก", "好", "word ", "กิ้", "x"])
def test_long_runs_are_cut(unit: str) -> None:
    ranges = split(unit * 500)
    assert max(end - start for start, end in ranges) <= MAX_LENGTH
    assert len(ranges) <= 3 + 500 * len(unit) // (MAX_LENGTH - len(unit))
    assert not any((unit * 500)[start] in "\u0e34\u0e49 " for start, _ in ranges)


PIECES = (
    st.sampled_from(
        ["but", ",but", "mais", "但", "但是", "แต่", "지만", "けど", "http://a.b/c?d", "e.g.", "No.", "2、"]
    )
    | st.sampled_from(
        ["[PHONE]", "a@b.c", "...", "。", "！", "，", "、", "؟", "،", "।", "¿", "¡", "1.", "I", "A"]
    )
    | st.sampled_from(["😀", "✅", "\n", "~", "—", "-", ";", ":)", "İ", "ㅋ", " ", "^^", "x" * 150])
    | st.text(max_size=8)
)


@given(st.lists(PIECES, max_size=40).map(" ".join) | st.lists(PIECES, max_size=40).map("".join) | st.text())
def test_ranges_are_ordered_bounded_and_cover_the_text(text: str) -> None:
    ranges = split(text)
    assert bool(ranges) == bool(text.strip())
    before = 0
    for start, end in ranges:
        assert before <= start < end <= len(text)
        assert end - start <= MAX_LENGTH
        assert not text[before:start].strip()
        assert text[start:end] == text[start:end].strip()
        before = end
    assert not text[before:].strip()


@pytest.mark.parametrize(
    "unit",
    [
        "! ",
        "a,",
        "a.b",
        "a. ",
        "、",
        "质量、",
        "mais ",
        "but ",
        "😡",
        "1.",
        "~",
        "ㅋ",
        "~ ",
        "— ",
        ".)",
        " ",
        "ดี ",
        "x",
    ],
)
def test_hostile_text_takes_linear_time(unit: str) -> None:
    text = unit * (20_000 // len(unit))
    begin = time.process_time()
    split(text)
    assert time.process_time() - begin < 1
