"""Files in the encodings that people have; nothing is replaced without a word."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocnlp.batch.encodings import Decoder
from vocnlp.batch.legacy import detect
from vocnlp.batch.readers import read
from vocnlp.errors import InputError
from vocnlp.schema import Comment, FailedComment

CHINESE = [
    "配送太慢了，等了一个星期",
    "安装师傅态度很好",
    "客服一直不回复，非常失望",
    "灯的质量不错，价格也合适",
    "很好",
]
TRADITIONAL = ["物流太慢，等了一個禮拜", "客服人員很親切", "燈罩有刮痕，很失望", "品質不錯"]
GERMAN = ["Die Lieferung war viel zu spät", "Sehr höflich, gerne wieder", "Für das Geld größer erwartet"]
SPANISH = ["El envío tardó una semana", "Pésima atención, no volveré", "¡Qué lámpara más bonita!"]
THAI = ["ส่งของช้ามาก รอเป็นอาทิตย์", "พนักงานสุภาพดี", "ราคาแพงไปหน่อย"]
FRENCH = ["Très déçu par la livraison", "L'équipe a été à l'écoute", "Le prix est élevé, hélas"]
JAPANESE = ["配送が遅くてがっかりしました", "スタッフの対応がとても丁寧でした", "値段は高いけれど満足です"]
KOREAN = ["배송이 너무 늦어서 실망했어요", "상담원이 정말 친절했습니다", "가격 대비 품질이 좋아요"]
RUSSIAN = ["Доставка опоздала на неделю", "Очень вежливый персонал", "Цена завышена, качество так себе"]


def csv(path: Path, texts: list[str], encoding: str, *, end: str = "\n") -> Path:
    body = "".join(f"{i},{text}{end}" for i, text in enumerate(texts))
    path.write_bytes(f"id,comment{end}{body}".encode(encoding))
    return path


def read_texts(path: Path, encoding: str | None = None) -> list[str]:
    return [
        row.text if isinstance(row, Comment) else row.error.code
        for row in read(path, encoding=encoding, delimiter=",")
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_unicode_is_told_by_its_look(tmp_path: Path, encoding: str, end: str) -> None:
    wanted = [text.replace(",", "，") for text in CHINESE + FRENCH + KOREAN]
    path = csv(tmp_path / "u.csv", wanted, encoding, end=end)
    rows = list(read(path))
    assert [row.text for row in rows if isinstance(row, Comment)] == wanted
    assert not any(row.warnings for row in rows if isinstance(row, Comment))


LEGACY = [
    ("gb18030", CHINESE),
    ("big5", TRADITIONAL),
    ("cp932", JAPANESE),
    ("euc_jp", JAPANESE),
    ("cp949", KOREAN),
    ("cp1251", RUSSIAN),
    ("cp1252", FRENCH),
    ("cp1252", GERMAN),
    ("cp1252", SPANISH),
    ("cp874", THAI),
]


@pytest.mark.parametrize(("encoding", "texts"), LEGACY)
def test_one_short_comment_tells_the_encoding(encoding: str, texts: list[str]) -> None:
    assert [detect(text.encode(encoding)) for text in texts] == [encoding] * len(texts)


@pytest.mark.parametrize("data", [b"\x81\x8d\xff\x90\x81\xff\xfe\x9d", bytes(range(128, 256))])
def test_noise_is_in_no_encoding(data: bytes) -> None:
    assert detect(data) is None


@pytest.mark.parametrize(("encoding", "wanted"), LEGACY)
def test_other_encodings_are_told_and_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, encoding: str, wanted: list[str]
) -> None:
    wanted = [text.replace(",", ";") for text in wanted]
    path = csv(tmp_path / "legacy.csv", wanted, encoding)
    assert read_texts(path) == wanted
    assert f"legacy.csv is not UTF-8; it is read as {encoding}" in caplog.text


def test_the_named_encoding_is_taken(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = csv(tmp_path / "b.csv", ["物流太慢", "很滿意"], "big5")
    assert read_texts(path, "big5") == ["物流太慢", "很滿意"]
    assert not caplog.text


@pytest.mark.parametrize("name", ["klingon", "base64", "rot13"])
def test_an_unknown_encoding(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=rf"encoding '{name}' is unknown"):
        read(csv(tmp_path / "a.csv", ["a"], "utf-8"), encoding=name)


def test_rows_of_another_encoding_are_read_with_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "mixed.csv"
    path.write_bytes(
        "id,comment,nps\n1,质量很好，下次还来,9\n".encode()
        + "2,物流太慢了等了很久,2\n".encode("gb18030")
        + "3,still fine,5\n4,继续很好,8\n".encode()
    )
    rows = [row for row in read(path) if isinstance(row, Comment)]
    assert [row.text for row in rows] == [
        "质量很好，下次还来",
        "物流太慢了等了很久",
        "still fine",
        "继续很好",
    ]
    assert [row.warnings for row in rows] == [
        [],
        ["bad_encoding: line 3 is not utf-8 like the rest; it was read as gb18030"],
        [],
        [],
    ]


def test_utf8_rows_in_a_gb18030_file(tmp_path: Path) -> None:
    path = tmp_path / "mixed.csv"
    path.write_bytes(
        ("id,comment\n" + "".join(f"{i},{t}\n" for i, t in enumerate(CHINESE * 3))).encode("gb18030")
        + "99,最后一行是另一种编码\n".encode()
    )
    *_, last = read(path)
    assert isinstance(last, Comment)
    assert last.text == "最后一行是另一种编码"
    assert last.warnings == ["bad_encoding: line 17 is not gb18030 like the rest; it was read as utf-8"]


def test_a_broken_row_in_a_gb18030_file(tmp_path: Path) -> None:
    path = csv(tmp_path / "b.csv", CHINESE, "gb18030")
    path.write_bytes(path.read_bytes() + b"9,\xba\xdc\xff\xff\n" + "10,还可以\n".encode("gb18030"))
    *good, broken, last = read(path)
    assert [row.warnings for row in good if isinstance(row, Comment)] == [[]] * len(CHINESE)
    assert isinstance(broken, FailedComment)
    assert isinstance(last, Comment)
    assert (last.text, last.warnings) == ("还可以", [])


def test_a_western_row_in_a_utf8_file(tmp_path: Path) -> None:
    path = tmp_path / "mixed.csv"
    path.write_bytes(
        "id,comment\n1,质量很好\n2,très bien\n".encode() + "3,Très déçu du délai\n".encode("cp1252")
    )
    *_, last = read(path)
    assert isinstance(last, Comment)
    assert last.text == "Très déçu du délai"
    assert "read as cp1252" in last.warnings[0]


def test_a_comment_cut_inside_a_character(tmp_path: Path) -> None:
    path = tmp_path / "cut.csv"
    path.write_bytes("id,comment\n1,质量很好\n".encode() + b"2," + "配送太慢".encode()[:-1] + b"\n")
    *_, last = read(path)
    assert isinstance(last, Comment)
    assert last.text == "配送太\ufffd"
    assert last.warnings == ["bad_encoding: line 3 holds bytes that no UTF-8 has: U+FFFD, 1 times"]


def test_a_row_that_no_encoding_explains_costs_itself_alone(tmp_path: Path) -> None:
    path = tmp_path / "noise.csv"
    noise = bytes([0x81, 0x8D, 0xFF, 0x90, 0x81, 0xFF, 0xFE, 0x9D])
    path.write_bytes(b"id,comment\n1,fine\n2," + noise + b"\n3,good\n")
    one, two, three = read(path)
    assert isinstance(two, FailedComment)
    assert (two.error.code, two.error.row) == ("bad_encoding", 3)
    assert isinstance(one, Comment)
    assert isinstance(three, Comment)


def test_an_unreadable_line_inside_a_quoted_cell(tmp_path: Path) -> None:
    path = tmp_path / "noise.csv"
    noise = bytes([0x81, 0x8D, 0xFF, 0x90, 0x81, 0xFF, 0xFE, 0x9D])
    path.write_bytes(b'id,comment\n1,"begun\n' + noise + b'\nended"\n3,good\n')
    rows = list(read(path))
    failed = {row.error.row: row.error.code for row in rows if isinstance(row, FailedComment)}
    assert failed[3] == "bad_encoding"
    assert isinstance(rows[-1], Comment)
    assert (rows[-1].id, rows[-1].text) == ("3", "good")


def test_utf16_that_ends_inside_a_character(tmp_path: Path) -> None:
    path = csv(tmp_path / "odd.csv", CHINESE, "utf-16")
    path.write_bytes(path.read_bytes()[:-3])
    rows = [row for row in read(path, delimiter=",") if isinstance(row, Comment)]
    assert [row.text for row in rows[:-1]] == CHINESE[:-1]
    assert rows[-1].warnings[0].startswith("bad_encoding: line 6")


def test_lone_surrogates_of_utf16(tmp_path: Path) -> None:
    path = tmp_path / "half.csv"
    path.write_bytes("id,comment\n1,cut \ud83d\n2,whole 😀\n".encode("utf-16", "surrogatepass"))
    first, second = (row for row in read(path) if isinstance(row, Comment))
    assert (first.text, second.text) == ("cut \ufffd", "whole 😀")
    assert first.warnings[0].startswith("characters_repaired: line 2 ")


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=200))
def test_valid_utf8_is_never_changed(text: str) -> None:
    line = text.encode()
    assert Decoder([line], None).decode(line, 1) == (text, None)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_with_a_word_or_refused(line: bytes) -> None:
    text, warning = Decoder([], None).decode(line, 7)
    if text is None:
        assert warning is None
    elif warning is None:
        assert text.encode() == line
    else:
        assert "line 7" in warning
        text.encode()
