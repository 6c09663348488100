"""The whole report: what it says, in which languages, from surveys of every shape."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import orjson
import pytest

from vocnlp.analysis.survey import Survey, collect
from vocnlp.analysis.tag_quality import Quality
from vocnlp.errors import InputError
from vocnlp.report.build import Report, build, render
from vocnlp.report.findings import findings
from vocnlp.report.results import Results, segment_columns
from vocnlp.report.xlsx import tables
from vocnlp.taxonomy import taxonomy

HOSTILE = "<script>document.title='broken'</script>"


def texts(html: str) -> str:
    return re.sub(r"<[^>]+>", " ", html.split("</style>", 1)[1].split("<script", 1)[0])


def test_the_first_page_tells_the_planted_story(english: Report) -> None:
    found = findings(english.context)
    assert 3 <= len(found) <= 5
    assert found[0].headline.startswith("Logistics costs ")
    assert "points of NPS" in found[0].headline
    assert found[0].certainty.startswith("Very sure")
    assert found[0].where.startswith("Region EU: ")
    assert found[0].place is not None
    assert found[0].owner == "Logistics"
    assert all(f.certainty and f.size and f.owner and f.next_step for f in found)
    headlines = " ".join(f.headline for f in found)
    assert "NPS fell by" in headlines or "complaints about Installation rose" in headlines
    assert "serious harm" in headlines
    assert "Quality costs" not in headlines


def test_numbers_of_the_page_are_those_of_the_analysis(english: Report) -> None:
    causes, t, shown = english.context.results.causes, english.context.t, texts(english.html)
    assert t("score.interval", range=t.interval(causes["interval"])) in shown
    for cause in causes["causes"]:
        assert t.signed(cause["effect"]["estimate"]) in shown
        assert t.interval(cause["effect"]["interval"]) in shown
    change = english.context.results.change
    assert change is not None
    assert change["labels"] == ("2026Q1", "2026Q2")
    assert t.score(change["score"][0]) in shown


def test_chinese_speaks_chinese(chinese: Report) -> None:
    shown = texts(chinese.html)
    assert '<html lang="zh-Hans">' in chinese.html
    assert "物流配送使 NPS 损失" in shown
    assert "物流部" in shown
    assert "2026年第1季度" in shown
    own = re.sub(
        r"<(q|bdi|option)\b.*?</\1>",
        " ",
        chinese.html.split('<main class="wrap">', 1)[1].split("</main>", 1)[0],
    )
    words = set(re.findall(r"[A-Za-z]{4,}", texts(f"</style>{own}<script")))
    allowed = {"JSON", "Shapley", "JavaScript", "created", "document", "title", "broken", "script", "shelf"}
    assert words - allowed - {"desk", "lamp", "Asia", "order", "delivery", "vocnlp"} == set()


def test_every_text_of_the_data_is_escaped(english: Report) -> None:
    assert HOSTILE not in english.html
    assert english.html.count("<script") == 2
    assert "&lt;script&gt;document.title" in english.html
    assert not re.search(r"\son\w+=|\sstyle=|javascript:", re.sub(r"<(q|script)\b.*?</\1>", "", english.html))


def test_the_policy_allows_only_the_files_own_script_and_style(english: Report) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', english.html)
    assert policy is not None
    for tag, directive in (("style", "style-src"), ("script", "script-src")):
        inline = re.findall(rf"<{tag}>(.*?)</{tag}>", english.html, re.DOTALL)
        assert len(inline) == 1
        digest = base64.b64encode(hashlib.sha256(inline[0].encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy[1].replace("&#39;", "'")
    assert policy[1].startswith("default-src")
    assert not re.search(r"""(src|href)=["'](?!#)""", english.html)


def test_every_number_that_opens_finds_comments(english: Report) -> None:
    quotes = re.findall(r'<li class="quote"[^>]*data-s="([^"]*)" data-t="([^"]*)"', english.html)
    links = re.findall(r'<a class="n"[^>]*>', english.html)
    assert len(links) > 40
    for link in links:
        tag, segment = (re.search(f'data-{key}="([^"]+)"', link) for key in "qs")
        assert any(
            (tag is None or tag[1] in tags.split()) and (segment is None or segment[1] in segments.split())
            for segments, tags in quotes
        ), link


def test_it_is_the_same_every_time(english: Report, survey: Survey) -> None:
    again = build(survey, time="created_at")
    assert again.html == english.html


def test_json_and_workbook_hold_all_results(english: Report, tmp_path: Path) -> None:
    english.write(tmp_path / "r.html", json=tmp_path / "r.json", xlsx=tmp_path / "r.xlsx")
    content = orjson.loads((tmp_path / "r.json").read_bytes())
    assert content["causes"]["score"] == pytest.approx(english.context.results.causes["score"])
    assert {"change", "trends", "segments", "journey"} <= {k for k, v in content.items() if v}
    book = openpyxl.load_workbook(tmp_path / "r.xlsx")
    assert {
        "summary",
        "causes",
        "change",
        "segments",
        "segments aspects",
        "journey stages",
        "comments",
    } <= set(book.sheetnames)
    values = list(book["causes"].values)
    assert values[0][:5] == ("aspect", "kind", "mentions", "negative", "mention rate")
    assert len(values) == 1 + len(content["causes"]["causes"])
    assert not any(cell.data_type == "f" for sheet in book for row in sheet for cell in row)
    assert "r.html" in english.summary(tmp_path / "r.html")


def test_the_workbook_is_headed_in_the_language_of_the_report(chinese: Report, tmp_path: Path) -> None:
    chinese.write(tmp_path / "r.html", xlsx=tmp_path / "r.xlsx")
    book = openpyxl.load_workbook(tmp_path / "r.xlsx")
    heads = {str(head) for sheet in book for head in next(sheet.values)}
    rows = {str(cell) for row in list(book["摘要"].values)[1:] for cell in row[:2]}
    said = {*book.sheetnames, *heads, *rows}
    assert {text for text in said if not re.search(r"[\u4e00-\u9fff]", text)} == {"NPS"}
    assert not any("_" in text for text in said)
    assert {"物流配送", "地区", "影响 下限"} & heads == {"地区", "影响 下限"}


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_suspicious_answers_can_be_left_out_and_what_that_changes_is_shown(
    story: list[dict[str, Any]], locale: str
) -> None:
    copy = "wonderful shop with wonderful people, everything came on time and just as shown"
    praise = {"text": copy, "aspects": [], "risks": [], "scores": {"nps": 10.0}}
    survey = collect([{**r, **praise} if i < 30 else r for i, r in enumerate(story[:400])], keep_marks=True)
    report = build(survey, time="created_at", locale=locale, reasons={"copied"})
    results, t, shown = report.context.results, report.context.t, texts(report.html)
    assert (len(results.survey), results.causes["n"], len(results.rows)) == (370, 370, 370)
    assert results.left_out is not None
    numbers = {(row["number"], row["name"]): row for row in results.left_out["numbers"]}
    assert numbers["score", ""]["after"] == pytest.approx(results.causes["score"])
    assert results.praise is not None
    flagged = results.praise["flagged"]
    scores = {side: t.score(numbers["score", ""][side]) for side in ("before", "after")}
    assert t("praise.left", n=30, flagged=flagged, metric="NPS", **scores) in shown
    assert t("praise.changes.title") in shown
    assert t.signed(numbers["effect", "logistics"]["change"]) in shown
    assert "flag:copied" not in report.html
    assert copy not in report.html
    assert len(tables(report.context)[t.header("left_out numbers")]) == len(numbers)


def test_a_survey_without_times_segments_risks_or_marks_still_gives_a_report(
    story: list[dict[str, Any]],
) -> None:
    bare = [{**record, "attributes": {}, "risks": []} for record in story[:200]]
    report = build(collect(bare))
    assert re.findall(r'<section id="(\w+)"', report.html) == [
        "summary", "causes", "aspects", "comments", "quality", "method",
    ]  # fmt: skip
    assert "All segments alike" not in report.html


def test_a_mean_score_has_two_decimals_and_effort_is_worse_when_high(story: list[dict[str, Any]]) -> None:
    effort = [{**r, "scores": {"effort": 7 - round(r["scores"]["nps"] * 0.6)}} for r in story[:400]]
    report = build(collect(effort, keep_marks=True))
    [first, *_] = findings(report.context)
    assert re.match(r"\w+ adds \d\.\d\d points of Customer effort", first.headline)
    assert first.tone == "neg"
    csat = [{**r, "scores": {"csat": 1 + round(r["scores"]["nps"] * 0.4)}} for r in story[:400]]
    assert "points of CSAT" in findings(build(collect(csat)).context)[0].headline


def test_a_survey_where_nothing_stands_out_says_so(story: list[dict[str, Any]]) -> None:
    same = [{**r, "risks": [], "scores": {"nps": float(5 + i % 5)}} for i, r in enumerate(story[:300])]
    report = build(collect(same, keep_marks=True))
    assert report.context.t("causes.lead.none") in report.html


def test_topics_have_a_section_when_they_were_computed(results: Results) -> None:
    topic = {
        "id": 4, "name": "late <b>parcels</b>", "keywords": ["late", "parcel"], "clauses": 9, "comments": 7,
        "share": 0.01, "sentiment": {"neg": 7}, "score": -50.0, "examples": ["c1", "c2", "none"],
        "typical": [{"id": "c1", "start": 0, "end": 4, "text": "late"}],
    }  # fmt: skip
    found = {"n": 1200, "clauses": 900, "outlier_share": 0.3, "topics": [topic], "warnings": ["few"]}
    html = render(replace(results, topics=found)).html
    assert '<section id="topics"' in html
    assert "late &lt;b&gt;parcels&lt;/b&gt;" in html
    assert 'data-q="topic:4"' in html
    [row] = tables(render(replace(results, topics=found)).context)["topics"]
    assert (row["name"], row["typical"]) == ("late <b>parcels</b>", "late")
    assert 'class="chart map"' not in html
    none = render(replace(results, topics={**found, "topics": []})).html
    assert "0 topics" in none


def test_two_groups_are_compared_in_place_of_periods(survey: Survey) -> None:
    report = build(survey, time="created_at", by=["region", "product"], compare=("region", "asia", "EU"))
    found = report.context.results.change
    assert found is not None
    assert found["labels"] == ("Asia", "EU")
    assert not {part["name"] for part in found["parts"] if part["kind"] == "mix"} & {"Asia", "EU"}
    headlines = [finding.headline for finding in findings(report.context)]
    assert any(re.match(r"EU gives NPS [\d.]+ points lower than Asia", headline) for headline in headlines)
    assert "Why the groups differ" in report.html
    assert "since" not in report.html.split("<nav")[1].split('class="findings"')[0]
    chinese = build(survey, compare=("region", "Asia", "EU"), locale="zh")
    assert "“EU”的 NPS 比“Asia”低" in chinese.html


def test_what_a_cause_is_worth_and_what_the_business_sees(survey: Survey) -> None:
    rng = np.random.default_rng(0)
    churned = np.where(rng.random(len(survey)) < 0.9 - 0.08 * survey.frame["nps"], "yes", "no")
    known = replace(
        survey, frame=survey.frame.assign(churned=churned), attributes=(*survey.attributes, "churned")
    )
    quality = {"logistics": Quality(0.8, 0.7, (0.75, 0.85), (0.6, 0.8))}
    report = build(known, by=["region"], outcomes=["churned"], costs={"logistics": 200.0}, quality=quality)
    [worst, *_] = report.context.results.causes["causes"]
    shown, t = texts(report.html), report.context.t
    assert "What mending it is worth" in shown
    assert t.interval(worst["gain_if_halved"]["interval"]) in shown
    assert f"{worst['gain_if_halved']['estimate'] / 200:.3g}" in shown
    assert "It predicts the outcome" in shown
    assert t.signed(worst["sensitivity"]["estimate"]) in shown
    plain = texts(build(survey, by=["region"]).html)
    assert "What the business sees" not in plain
    assert "Points a unit of cost" not in plain


def test_owners_and_next_steps_are_those_of_ones_own_taxonomy(results: Results) -> None:
    project = taxonomy.load()
    own = project.model_copy(
        update={
            "aspects": tuple(
                aspect.model_copy(update={"owner": {"en": "Warehouse 7"}, "hint": {"en": "Call Ana."}})
                if aspect.id == "logistics"
                else aspect
                for aspect in project.aspects
            )
        }
    )
    [first, *_] = findings(render(results, aspects=own).context)
    assert (first.owner, first.next_step) == ("Warehouse 7", "Call Ana.")


def test_the_share_of_the_best_answer_is_named(survey: Survey) -> None:
    box = replace(survey, metrics={**survey.metrics, "nps": survey.metric("nps").scored("top_box")})
    report = build(box, by=["region"])
    share = 100 * (survey.frame["nps"] == 10).mean()
    assert report.context.results.causes["score"] == pytest.approx(share)
    assert "NPS, share of the best answer in %" in report.html


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_topics_have_a_map_themes_and_what_emerges(
    results: Results, found_topics: dict[str, Any], locale: str
) -> None:
    report = render(replace(results, topics=found_topics), locale=locale)
    html, t = report.html, report.context.t
    dots = re.findall(r'<a href="#comments" class="n" role="button"[^>]*data-card="(topic-\d)"', html)
    assert sorted(dots) == ["topic-4", "topic-7"]
    for card in dots:
        assert f'<div id="{card}" hidden>' in html
        assert f'aria-describedby="{card}"' in html
    assert "a clause with &lt;script&gt;" in html
    assert t("topics.theme", name="parcel, late", topics="1" + t.messages["list.comma"] + "2", n="12") in html
    line = t("topics.emerging.line", name="rude", period="2026-06-01", now="5.0%", before="1.0%", q="0.010")
    assert line in html


@pytest.mark.slow
def test_a_hundred_thousand_answers_make_a_file_that_can_be_mailed(
    many: Callable[[int], list[dict[str, Any]]],
) -> None:
    report = build(collect(many(100_000), keep_marks=True), time="created_at")
    assert len(report.html.encode()) < 5_000_000
    assert re.search(r"[\d,]+ of 7\d,\d{3} comments are in this file", report.html)


def test_too_few_answers_are_refused_with_the_number_needed(story: list[dict[str, Any]]) -> None:
    with pytest.raises(InputError, match="at least 30"):
        build(collect(story[:20]))


def test_segment_columns_have_a_few_values_each_often_enough(survey: Survey) -> None:
    assert set(segment_columns(survey, "created_at")) == {"region", "product", "stage"}


def test_a_missing_column_is_named(survey: Survey) -> None:
    with pytest.raises(InputError, match=r"regoin.*region"):
        build(survey, by=["regoin"])


def odd(kind: str, i: int, record: dict[str, Any]) -> dict[str, Any]:
    """A record with something that real exports hold."""
    attributes = dict(record["attributes"])
    changes: dict[str, dict[str, Any]] = {
        "values": {
            "attributes": attributes
            | {"<b>": [1, None, "x" * 400][i % 3], "值 '\"": i % 4, "n": 0.5 * (i % 3)}
        },
        "ids": {"id": None if i % 5 == 0 else "same"},
        "times": {"attributes": attributes | {"created_at": [None, "2026-01-01T00:00Z", "gibberish"][i % 3]}},
        "no aspects": {"aspects": []},
        "neutral": {"aspects": [{**tag, "polarity": "neu"} for tag in record["aspects"]]},
        "names": {
            "aspects": [{**tag, "aspect": f"my <aspect> {tag['aspect']}"} for tag in record["aspects"]]
        },
        "unscored": {"scores": record["scores"] if i % 2 else {}},
        "silent": {"text": record["text"] if i < 90 else "", "aspects": record["aspects"] if i < 90 else []},
        "long": {"text": record["text"] + " and" * 200_000 * (i == 3)},
    }
    return record | changes[kind]


@pytest.mark.parametrize(
    "kind", ["values", "ids", "times", "no aspects", "neutral", "names", "unscored", "silent", "long"]
)
def test_odd_surveys_give_a_whole_report(kind: str, story: list[dict[str, Any]], tmp_path: Path) -> None:
    survey = collect([odd(kind, i, record) for i, record in enumerate(story[:200])], keep_marks=True)
    report = build(survey, time="created_at")
    assert report.html.endswith("</html>")
    assert len(report.html) < 600_000
    assert "nan" not in re.findall(r"[\w.]+", texts(report.html))
    report.write(tmp_path / "r.html", json=tmp_path / "r.json", xlsx=tmp_path / "r.xlsx")
    assert orjson.loads((tmp_path / "r.json").read_bytes())["answers"] == 200
