"""`vocnlp causes` as a command: contract, table, files, exit codes."""

import json

import numpy as np
import orjson
import pytest
from click.testing import CliRunner

from evaluation.worlds import random_world
from vocnlp.cli.causes import causes
from vocnlp.cli.causes_table import table
from vocnlp.cli.causes_words import TEXTS
from vocnlp.cli.main import main
from vocnlp.errors import InputError
from vocnlp.taxonomy import taxonomy

NAMES = taxonomy.load().ids[:12]


def write(path, n=600, *, broken=0, scores=True):
    rng = np.random.default_rng(8)
    survey = random_world(rng).survey(rng, n)
    lines = []
    for i, row in enumerate(survey.frame.to_dict("records")):
        tags = [
            {"aspect": NAMES[k], "polarity": "neg" if survey.negative[i, k] else "pos", "confidence": 0.9}
            | {"evidence": [{"start": 0, "end": 3, "text": row["text"][:3]}]}
            for k in np.flatnonzero(survey.mentioned[i])
        ]
        lines.append(
            {
                "id": row["id"],
                "text": row["text"],
                "language": {"code": "en", "confidence": 1.0},
                "sentiment": {"label": "neu", "score": row["sentiment_score"], "probabilities": {}},
                "aspects": tags,
                "risks": [],
                "pii": [],
                "scores": {"nps": row["nps"]} if scores else {},
                "attributes": {
                    "region": row["region"],
                    "when": row["month"].isoformat(),
                    "customer": row["customer"],
                    "stayed": "yes" if row["nps"] > rng.integers(10) else "no",
                },
                "warnings": [],
                "versions": {"model": "elsewhere@1", "taxonomy": "voc@1", "risks": "risks@1"},
            }
        )
    lines += [{"id": None, "error": {"code": "bad_row", "message": "broken"}}] * broken
    path.write_bytes(b"\n".join(map(orjson.dumps, lines)))
    return path


def run(*arguments):
    return CliRunner().invoke(
        causes, [str(a) for a in arguments], catch_exceptions=False, standalone_mode=False
    )


@pytest.fixture(scope="module")
def tagged(tmp_path_factory):
    return write(tmp_path_factory.mktemp("causes") / "tagged.jsonl")


def test_the_json_is_the_contract(tagged, tmp_path) -> None:
    out = tmp_path / "causes.json"
    options = (
        "--nps",
        "nps",
        "--by",
        "region",
        "--time",
        "when",
        "--customer",
        "customer",
        "--outcome",
        "stayed",
    )
    ended = run(tagged, *options, "--draws", 50, "--json", out)
    assert ended.return_value == 0
    found = json.loads(out.read_text())
    assert found["metric"] == "nps"
    assert found["n"] == 600
    shares = [c["attributed_detractors"]["share"] for c in found["causes"]]
    assert sum(shares) + found["unexplained"]["share"] == pytest.approx(1)
    assert set(found["segments"]) == {"region"}
    assert found["outcomes"][0]["column"] == "stayed"
    assert found["settings"] == {
        "controls": ["region", "when"],
        "timezone": None,
        "score_as": "net",
        "strata": ["region"],
        "clusters": "customer",
        "min_mentions": 10,
        "draws": 50,
        "seed": 0,
    }
    assert "NPS" in ended.output
    assert "What costs points" in ended.output


def test_json_on_standard_output_stands_alone(tagged) -> None:
    assert json.loads(run(tagged, "--draws", 50, "--json", "-").stdout)["metric"] == "nps"


def test_the_table_speaks_chinese(tagged) -> None:
    output = run(tagged, "--draws", 50, "--locale", "zh").output
    assert "拉低分数的原因" in output
    assert taxonomy.load().name(NAMES[0], "zh-Hans") in output


def test_a_column_is_named_as_the_score_whatever_it_is_called(tagged, tmp_path) -> None:
    renamed = tmp_path / "renamed.jsonl"
    lines = [orjson.loads(line) for line in tagged.read_bytes().splitlines()]
    for line in lines:
        line["attributes"]["Q7"] = line.pop("scores")["nps"]
    renamed.write_bytes(b"\n".join(map(orjson.dumps, lines)))
    ended = run(renamed, "--nps", "q7", "--draws", 50, "--json", "-")
    assert json.loads(ended.stdout)["n"] == 600
    with pytest.raises(InputError, match="name its column with --nps"):
        run(renamed, "--draws", 50)


def test_scores_of_another_file_are_joined(tmp_path) -> None:
    source = write(tmp_path / "bare.jsonl", scores=False)
    scores = tmp_path / "scores.csv"
    scores.write_text("response,nps\n" + "\n".join(f"r{i},{i % 11}" for i in range(590)) + "\nnobody,3\n")
    ended = run(source, "--scores", scores, "--key", "response", "--draws", 50, "--json", "-")
    found = json.loads(ended.stdout)
    assert found["n"] == 591
    assert any("10 comments found no score" in warning for warning in found["warnings"])


def test_suspicious_answers_are_left_out_and_every_number_is_shown_with_and_without_them(
    tagged, tmp_path
) -> None:
    lines = [orjson.loads(line) for line in tagged.read_bytes().splitlines()]
    copy = "wonderful shop with wonderful people, everything came on time and just as shown"
    for i in range(20):
        lines[i] |= {"text": copy, "aspects": [], "scores": {"nps": 10}}
    source = tmp_path / "copied.jsonl"
    source.write_bytes(b"\n".join(map(orjson.dumps, lines)))
    options = ("--draws", 50, "--json", "-")
    every = json.loads(run(source, *options).stdout)
    ended = run(source, *options[:2], "--leave-out", "copied,burst", "--json", tmp_path / "without.json")
    found = json.loads((tmp_path / "without.json").read_text())
    left = found["left_out"]
    assert (every["n"], found["n"], left["answers"]) == (600, 580, 20)
    assert left["reasons"] == ["burst", "copied"]
    numbers = {(row["number"], row["name"]): row for row in left["numbers"]}
    assert numbers["score", ""]["before"] == pytest.approx(every["score"])
    assert numbers["score", ""]["after"] == pytest.approx(found["score"])
    assert found["score"] < every["score"]
    for cause in filter(lambda cause: cause["effect"], found["causes"]):
        assert numbers["effect", cause["aspect"]]["after"] == cause["effect"]["estimate"]
    assert numbers["unexplained", ""]["before"] == every["unexplained"]["share"]
    assert "Without 20 suspicious answers" in ended.output
    assert "left_out" not in every


def test_row_errors_are_counted_and_change_the_exit_code(tmp_path) -> None:
    ended = run(write(tmp_path / "broken.jsonl", broken=3), "--draws", 50)
    assert ended.return_value == 1
    assert "3 rows could not be read" in ended.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--nps", "csat"), "no column 'csat'"),
        (("--by", "colour"), "no column 'colour'"),
        (("--scores", "none.csv", "--customer", "customer", "--window", "soon"), "no span of time"),
        (("--csat", "customer"), "not on the scale"),
        (("--leave-out", "copies"), "'copies' is no sign"),
        (("--timezone", "Asia/Tokyo"), "name it with --time"),
        (("--time", "when", "--timezone", "Mars"), "unknown time zone 'Mars'"),
    ],
)
def test_what_cannot_start_says_what_would_be_right(tagged, options, message, capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["causes", str(tagged), "--draws", "50", *options])
    assert ended.value.code == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert message in lines[0]


def test_checked_rows_costs_and_own_metrics(tagged, tmp_path) -> None:
    lines = [orjson.loads(line) for line in tagged.read_bytes().splitlines()]
    checked = tmp_path / "checked.jsonl"
    checked.write_bytes(
        b"\n".join(orjson.dumps({"id": r["id"], "aspects": r["aspects"]}) for r in lines if r["text"])
    )
    costs = tmp_path / "costs.csv"
    costs.write_text(f"aspect,cost\n{NAMES[0]},50\n")
    metrics = tmp_path / "metrics.yaml"
    metrics.write_text("mood: {low: 0, high: 10}\n")
    for line in lines:
        line["attributes"]["mood"] = line["scores"]["nps"]
    source = tmp_path / "with_mood.jsonl"
    source.write_bytes(b"\n".join(map(orjson.dumps, lines)))
    options = ("--checked", checked, "--costs", costs, "--metrics", metrics, "--score", "mood")
    ended = run(source, *options, "--draws", 50, "--json", tmp_path / "out.json")
    found = json.loads((tmp_path / "out.json").read_text())
    assert found["metric"] == "mood"
    assert any("corrected" in cause for cause in found["causes"])
    first = next(cause for cause in found["causes"] if cause["aspect"] == NAMES[0])
    assert first["gain_if_halved"]["cost"] == 50
    assert "Without the errors of the tags" in ended.output
    assert "what a unit of cost buys" in ended.output


def test_the_score_may_be_the_share_of_the_best_answer(tagged) -> None:
    answers = [json.loads(line)["scores"]["nps"] for line in tagged.read_text().splitlines()]
    options = ("--score-as", "top-box", "--draws", 50)
    found = json.loads(run(tagged, *options, "--json", "-").stdout)
    assert found["settings"]["score_as"] == "top_box"
    assert found["score"] == pytest.approx(100 * np.mean(np.array(answers) == 10))
    worst = found["causes"][0]["effect"]
    assert worst["interval"][1] < 0
    assert "MEAN" not in run(tagged, *options).output


def test_the_names_of_causes_may_be_ones_own(tagged, tmp_path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(
        f"version: own@1\naspects:\n- id: {NAMES[0]}\n  names: {{en: Getting it}}\n"
        "  description: {en: d}\n  owner: {en: o}\n  hint: {en: h}\n"
    )
    assert "Getting it" in run(tagged, "--draws", 50, "--taxonomy", own).output


def test_effort_is_better_low(tagged, tmp_path) -> None:
    lines = [orjson.loads(line) for line in tagged.read_bytes().splitlines()]
    for line in lines:
        line["attributes"]["work"] = 1 + (10 - line.pop("scores")["nps"]) // 2.5
    source = tmp_path / "effort.jsonl"
    source.write_bytes(b"\n".join(map(orjson.dumps, lines)))
    found = json.loads(
        run(source, "--ces", "work", "--ces-direction", "lower", "--draws", 50, "--json", "-").stdout
    )
    assert found["metric"] == "ces"
    assert found["higher_is_better"] is False
    assert found["causes"][0]["effect"]["estimate"] > 0


def test_both_languages_say_everything() -> None:
    assert set(TEXTS["en"]) == set(TEXTS["zh"])
    for key, text in TEXTS["en"].items():
        assert text.count("|") == TEXTS["zh"][key].count("|"), key


def test_columns_line_up_in_chinese(tagged) -> None:
    found = json.loads(run(tagged, "--draws", 50, "--json", "-").stdout)
    lines = [line for line in table(found, "zh").splitlines() if line.startswith("  ") and "…" in line]
    width = {sum(2 if ord(c) > 0x2E80 else 1 for c in line) for line in lines[: len(found["causes"]) // 2]}
    assert len(width) == 1
