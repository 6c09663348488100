import html
import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vocnlp.analysis.survey import Mark, Survey
from vocnlp.report.quotes import LIMIT, Pool, excerpt, tag


@st.composite
def marked(draw: st.DrawFn) -> tuple[str, list[Mark]]:
    text = draw(
        st.text(alphabet=st.characters(blacklist_categories=["Cs"]) | st.sampled_from("<>&\"'"), max_size=60)
    )
    place = st.integers(-2, len(text) + 3)
    marks = draw(st.lists(st.tuples(st.sampled_from(["neg", "pos", "mix", "neu"]), place, place), max_size=6))
    return text, [Mark("aspect", f"a{i}", label, *sorted(ends)) for i, (label, *ends) in enumerate(marks)]


def plain(markup: str) -> str:
    return html.unescape(re.sub(r"</?mark[^>]*>", "", markup))


@given(marked())
def test_an_excerpt_is_the_text_whatever_is_marked(case: tuple[str, list[Mark]]) -> None:
    text, marks = case
    shown = excerpt(text, marks)
    assert plain(shown) == html.unescape(html.escape(text))
    assert not re.search(r"<(?!/?mark)", shown)


def test_overlapping_evidence_names_every_tag_of_each_stretch() -> None:
    marks = [
        Mark("aspect", "logistics", "neg", 0, 6),
        Mark("aspect", "after sales", "mix", 4, 10),
        Mark("risk", "fraud", "high", 9, 10),
    ]
    assert excerpt("late, rude!", marks) == (
        '<mark class="neg" data-t="neg:logistics">late</mark>'
        '<mark class="neg" data-t="neg:after_sales neg:logistics">, </mark>'
        '<mark class="neg" data-t="neg:after_sales">rud</mark>'
        '<mark class="risk" data-t="neg:after_sales risk:fraud">e</mark>!'
    )


def test_a_long_comment_is_cut_around_its_evidence() -> None:
    text = "x" * 5000 + "BROKEN" + "y" * 5000
    shown = excerpt(text, [Mark("aspect", "quality", "neg", 5000, 5006)])
    assert '<mark class="neg" data-t="neg:quality">BROKEN</mark>' in shown
    assert plain(shown)[0] == plain(shown)[-1] == "…"
    assert len(plain(shown)) == LIMIT + 2


def test_draws_are_distinct_repeatable_and_speak_every_language(survey: Survey) -> None:
    mask = survey.negative[:, survey.aspects.index("logistics")]
    rows = Pool(survey).draw(mask, 10)
    assert rows == Pool(survey).draw(mask, 10)
    assert mask[rows].all()
    texts = survey.frame["text"].iloc[rows]
    assert texts.is_unique
    assert set(survey.frame["language"].iloc[rows]) == {"en", "zh", "ar"}


def test_an_answer_without_comment_is_never_quoted(survey: Survey) -> None:
    pool = Pool(survey)
    assert pool.draw(~survey.commented, 5) == []
    assert pool.quotes() == []


def test_a_comment_behind_two_numbers_is_kept_once(survey: Survey) -> None:
    pool = Pool(survey)
    mask = np.zeros(len(survey), dtype=bool)
    mask[np.flatnonzero(survey.negative.any(axis=1))[0]] = True
    pool.draw(mask, 3)
    pool.draw(mask, 3)
    [quote] = pool.quotes()
    expected = {tag("neg", survey.aspects[i]) for i in np.flatnonzero(survey.negative[quote.row])}
    assert expected <= set(quote.tags.split())
