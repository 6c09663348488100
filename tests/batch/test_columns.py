"""The column of comments and that of ids, told by name in the languages of the people who export files."""

from __future__ import annotations

import pytest

from vocnlp.batch.columns import Columns
from vocnlp.errors import InputError


def found(*names: str) -> Columns:
    return Columns.find(names, source="f.csv", text=None, id=None)


@pytest.mark.parametrize(
    "name",
    [
        "text", "Comment", "COMMENTS", "review", "reviewText", "feedback", "Verbatim", "commentaire", "Avis",
        "评论", "留言", "内容", "评论内容", "用户反馈", "評論", "顧客意見", "コメント", "口コミ", "自由記述",
        "리뷰", "의견", "bình luận", "ulasan", "komentar", "opinia", "टिप्पणी",
        "comentario", "reseña", "Opinião", "Kommentar", "Freitext", "Rückmeldung", "recensione", "opmerking",
        "отзыв", "Комментарий", "yorum", "تعليق", "ความคิดเห็น",
        "customer_comment_en", "Please leave a comment (optional)", "review_body_translated",
        "您的评论（选填）", "Votre commentaire libre", "What is the main reason for your score?",
        "打这个分数的原因是什么？",
    ],
)  # fmt: skip
def test_columns_of_comments(name: str) -> None:
    others = (
        "id",
        "nps",
        "review_date",
        "comment_id",
        "评论时间",
        "评论ID",
        "review_title",
        "product",
        "rating",
    )
    assert found(*others, name).text == name


@pytest.mark.parametrize(
    "names",
    [
        ("review", "comment"),
        ("评论", "内容"),
        ("customer comment one", "customer comment two"),
        ("Why did you leave?", "What could we improve?"),
    ],
)
def test_two_that_fit_alike_are_asked_about(names: tuple[str, ...]) -> None:
    with pytest.raises(InputError, match=r"2 columns may hold the comments.*Say which, such as: --text"):
        found("id", *names)


def test_the_hint_can_be_typed() -> None:
    with pytest.raises(InputError, match=r'--text "Why did you leave\?"$'):
        found("Why did you leave?", "What could we improve?")


@pytest.mark.parametrize(
    "name", ["review_id", "commentDate", "评论时间", "comment_count", "review title", "リビュー日時"]
)
def test_columns_about_comments_hold_none(name: str) -> None:
    with pytest.raises(InputError, match="no column's name says"):
        found("nps", name)


def test_whole_names_win_over_parts_and_our_own_name_over_all() -> None:
    assert found("comment", "customer comment 2").text == "comment"
    assert found("comment", "review", "text").text == "text"


def test_many_columns_are_not_all_listed() -> None:
    with pytest.raises(InputError, match=r"'q29' and 70 more\. Say which"):
        found(*(f"q{i}" for i in range(100)))


def test_what_a_customer_wrote_is_masked_where_the_header_lacks() -> None:
    with pytest.raises(InputError) as error:
        found("17", "please write to jane.doe@example.com", "3")
    assert "jane.doe" not in str(error.value)


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (("customer_id", "id"), "id"),
        (("customer_id", "Review ID", "order_id"), "Review ID"),
        (("评论编号", "客户编号"), "评论编号"),
        (("ResponseId",), "ResponseId"),
        (("UUID", "comment_id"), "comment_id"),
        (("customer_id", "order_id", "product_id"), None),
    ],
)
def test_columns_of_ids(names: tuple[str, ...], wanted: str | None) -> None:
    assert found("text", *names).id == wanted
