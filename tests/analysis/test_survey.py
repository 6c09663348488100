"""Records become columns; scores are found, checked and named; nothing is dropped silently."""

import math

import numpy as np
import orjson
import pandas as pd
import pytest

from vocnlp.analysis.answers import read_times
from vocnlp.analysis.survey import collect, load_survey
from vocnlp.analysis.times import local_clock
from vocnlp.errors import InputError
from vocnlp.scores.metrics import METRICS, define

NPS = METRICS["nps"]


def record(number, *, aspects=(), scores=None, attributes=None, text="words", risks=()):
    return {
        "id": f"c{number}",
        "text": text,
        "language": {"code": "en", "confidence": 1.0},
        "sentiment": {"label": "neg", "score": -0.5, "probabilities": {}},
        "aspects": [
            {
                "aspect": a,
                "polarity": p,
                "confidence": 0.9,
                "evidence": [{"start": 0, "end": 5, "text": "words"}],
            }
            for a, p in aspects
        ],
        "risks": [
            {"category": c, "severity": "high", "rule": "r", "start": 0, "end": 5, "text": "words"}
            for c in risks
        ],
        "scores": scores or {},
        "attributes": attributes or {},
    }


def test_tags_become_columns() -> None:
    survey = collect(
        [
            record(1, aspects=[("price", "neg"), ("design", "pos")], scores={"nps": 3}),
            record(2, aspects=[("price", "mix")], scores={"nps": 9}, risks=["fraud"]),
            record(3, aspects=[("design", "neu")], attributes={"region": "EU"}),
        ],
        keep_marks=True,
    )
    assert survey.aspects == ("design", "price")
    assert survey.negative.tolist() == [[False, True], [False, True], [False, False]]
    assert survey.positive.tolist() == [[True, False], [False, True], [False, False]]
    assert survey.mentioned.sum() == 4
    assert survey.risk_categories == ("fraud",)
    assert survey.risks[:, 0].tolist() == [False, True, False]
    assert survey.frame["nps"].tolist()[:2] == [3, 9]
    assert math.isnan(survey.frame["nps"][2])
    assert survey.column("Region")[2] == "EU"
    assert survey.marks[0][0].name == "price"
    assert survey.metric().name == "nps"


def test_an_answer_without_comment_stays_and_a_broken_row_is_counted() -> None:
    survey = collect(
        [
            record(1, scores={"nps": 3}),
            {"id": "c2", "error": {"code": "missing_text", "message": "no text"}, "scores": {"nps": 10}},
            {"id": "c3", "error": {"code": "bad_row", "message": "broken"}},
        ]
    )
    assert len(survey) == 2
    assert survey.failed == 1
    assert survey.commented.tolist() == [True, False]


def test_a_column_is_made_the_score_that_the_user_says_it_is() -> None:
    rows = [record(i, scores={"csat": 4}, attributes={"Q7": str(i % 11)}) for i in range(20)]
    survey = collect(rows, wanted={"nps": ("q7", NPS)})
    assert survey.frame["nps"].tolist() == [i % 11 for i in range(20)]
    assert set(survey.scores) == {"nps", "csat"}
    assert survey.attributes == ()


def test_the_column_the_reader_renamed_is_found_by_its_old_name() -> None:
    survey = collect([record(1, scores={"nps": 4})], wanted={"nps": ("NPS score", NPS)})
    assert survey.frame["nps"].tolist() == [4]


def test_a_score_named_otherwise_takes_its_metrics_name_if_alone() -> None:
    assert collect([record(1, scores={"满意度": 4})]).scores == ("csat",)
    both = collect([record(1, scores={"csat delivery": 4, "csat product": 2})])
    assert set(both.scores) == {"csat", "csat product"} or set(both.scores) == {
        "csat delivery",
        "csat product",
    }


def test_wanted_and_recognised_under_one_name_are_both_kept() -> None:
    survey = collect([record(1, scores={"nps": 4}, attributes={"Q7": 9})], wanted={"nps": ("Q7", NPS)})
    assert survey.frame["nps"].tolist() == [9]
    assert survey.frame["nps (as read)"].tolist() == [4]


def test_one_mistyped_answer_is_left_out_with_its_row_many_are_refused() -> None:
    rows = [record(i, attributes={"q": 8}) for i in range(50)]
    rows[6]["attributes"]["q"] = 88
    survey = collect(rows, wanted={"nps": ("q", NPS)})
    assert math.isnan(survey.frame["nps"][6])
    assert "(rows 7)" in survey.warnings[0]
    for i in range(10):
        rows[i]["attributes"]["q"] = "80%"
    with pytest.raises(
        InputError, match=r"10 of 50 answers are not on the scale \(rows 1, 2, .*split the column"
    ):
        collect(rows, wanted={"nps": ("q", NPS)})


def test_a_score_that_nobody_asked_for_only_warns() -> None:
    survey = collect(
        [record(i, scores={"nps": 5, "csat": 50}) for i in range(5)], wanted={"nps": ("nps", NPS)}
    )
    assert survey.scores == ("nps",)
    assert "csat" in survey.attributes
    assert "not on the scale" in survey.warnings[0]


def test_the_scale_of_csat_is_settled_by_its_answers() -> None:
    assert collect([record(1, scores={"csat": 5})]).metrics["csat"].high == 5
    assert collect([record(1, scores={"csat": 9})]).metrics["csat"].high == 10


def test_a_metric_of_ones_own() -> None:
    trust = define("trust", low=0, high=100)
    survey = collect([record(1, attributes={"trust": "70"})], wanted={"trust": ("trust", trust)})
    assert survey.metric("trust").high == 100


def test_a_wrong_name_says_what_there_is() -> None:
    with pytest.raises(InputError, match=r"no column 'regin'; did you mean 'region'"):
        collect([record(1, attributes={"region": 1})], wanted={"nps": ("regin", NPS)})
    with pytest.raises(InputError, match="name its column with --nps"):
        collect([record(1)]).metric()
    with pytest.raises(InputError, match="no answers"):
        collect([])
    with pytest.raises(InputError, match="several scores"):
        collect([record(1, attributes={"q": 1})], wanted={"nps": ("q", NPS), "csat": ("q", METRICS["csat"])})


def test_an_attribute_never_hides_a_field_of_the_record() -> None:
    survey = collect([record(1, attributes={"language": "de", "text": "x"})])
    assert survey.frame["language"].tolist() == ["en"]
    assert survey.frame["language (attribute)"].tolist() == ["de"]


@pytest.mark.parametrize(
    ("values", "first"),
    [
        (["2026-05-31", "2026-06-01 10:00"], "2026-05-31"),
        (["2026-05-31T14:00:00+02:00", "2026-05-31T14:00:00Z"], "2026-05-31T12:00:00+00:00"),
        (["2026-05-31T14:00:00+02:00", "2026-05-31"], "2026-05-31T14:00"),
        (["2026/5/31", None], "2026-05-31"),
    ],
)
def test_times(values, first) -> None:
    times, warning = read_times(pd.Series(values, name="when"))
    assert times[0] == pd.Timestamp(first)
    assert warning is None


def test_unreadable_times_are_counted_and_a_column_without_times_refused() -> None:
    times, warning = read_times(pd.Series(["2026-05-31", "soon"], name="when"))
    assert times.isna().tolist() == [False, True]
    assert "1 values in 'when'" in warning
    with pytest.raises(InputError, match="ISO 8601"):
        read_times(pd.Series(["soon"], name="when"))


def test_columns_that_appear_late_are_padded() -> None:
    survey = collect([record(1), record(2, attributes={"a": 1}), record(3)])
    assert survey.frame["a"].isna().tolist() == [True, False, True]
    assert survey.negative.shape == (3, 0)
    assert np.isnan(survey.frame["sentiment_score"]).sum() == 0


def test_answers_that_the_reader_refused_are_counted_not_forgotten() -> None:
    rows = [record(i, scores={"nps": 8}) for i in range(50)]
    rows[3] = record(3, attributes={"NPS score": "8/10"})
    survey = collect(rows)
    assert "1 answers in 'nps' left out (rows 4)" in survey.warnings[0]
    for i in range(10):
        rows[i] = record(i, attributes={"NPS score": 80 + i})
    with pytest.raises(InputError, match="10 of 50 answers are not on the scale"):
        collect(rows, wanted={"nps": ("nps", NPS)})


def test_a_file_is_read_with_its_scores_times_and_segments(tmp_path) -> None:
    path = tmp_path / "survey.jsonl"
    lines = [
        record(
            i,
            scores={"nps": i % 11},
            attributes={"region": "EU", "when": f"2026-01-{i + 1:02d}T00:30:00+08:00"},
        )
        for i in range(12)
    ]
    path.write_bytes(b"\n".join(orjson.dumps(line) for line in lines))
    survey = load_survey(path, nps="nps", by=["region"], time="when")
    assert len(survey) == 12
    assert local_clock(survey.column("when")).times.dt.day.tolist() == list(range(1, 13))
    made = load_survey(path, time="when", by=["time zone", "local hour"]).frame
    assert made[["time zone", "local hour"]].drop_duplicates().to_numpy().tolist() == [["UTC+08:00", "00-02"]]
    utc = load_survey(path, time="when", timezone="UTC", by=["local hour"]).frame
    assert set(utc["local hour"]) == {"15-17"}
    with pytest.raises(InputError, match="no column 'local hour'"):
        load_survey(path, by=["local hour"])
    with pytest.raises(InputError, match="is no date"):
        load_survey(path, time="region")
    with pytest.raises(InputError, match="no column 'country'"):
        load_survey(path, by=["country"])


def test_the_column_is_found_by_its_old_name_beside_the_answers_refused() -> None:
    rows = [record(i, scores={"nps": 8}) for i in range(50)]
    rows[3] = record(3, attributes={"NPS score": "8/10"})
    survey = collect(rows, wanted={"nps": ("NPS score", NPS)})
    assert survey.frame["nps"].notna().sum() == 49
    assert "(rows 4)" in survey.warnings[0]


def test_likelihood_to_recommend_can_be_read_as_nps() -> None:
    survey = collect([record(1, scores={"likelihood": 9})], wanted={"nps": ("推荐意愿", NPS)})
    assert survey.scores == ("nps",)
    assert survey.metric("nps").score_as == "net"


def test_of_two_columns_of_one_metric_the_one_named_is_taken() -> None:
    rows = [record(i, scores={"csat": 2}, attributes={"CSAT product": 5}) for i in range(3)]
    survey = collect(rows, wanted={"csat": ("csat product", METRICS["csat"])})
    assert survey.frame["csat"].tolist() == [5, 5, 5]
    assert survey.frame["csat (as read)"].tolist() == [2, 2, 2]
