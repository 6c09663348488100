"""Peers beside a model: the protocol with a tiny fake peer, and the arithmetic of the table."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from evaluation.peers import environments, worker
from evaluation.peers.__main__ import main, run
from evaluation.peers.environments import Answer, PeerError, ask, command
from evaluation.peers.table import PEERS, Peer, Row, compare, per_second, rows_for, table
from evaluation.tagging import Predictions
from models.linear import LinearModel
from vocnlp import pipeline
from vocnlp.batch.labelled import Example

FAKE = """
import json, sys
job = json.load(sys.stdin)
labels = [{"sentiment": "pos" if "good" in text else "neg"} for text in job["texts"]]
json.dump({"load_s": 0.5, "seconds": 2.0, "labels": labels}, sys.stdout)
"""
PEER = Peer("fake", "Fake", "json", "fake==1", ("neg", "pos"), "en")
ROWS = [
    Example("a:1", "a good lamp", "en", "pos", {"quality": "pos"}),
    Example("a:2", "a poor lamp", "en", "neg", {"quality": "neg", "price": "neg"}),
    Example("a:3", "a good lamp, too dear", "en", "mix"),
    Example("a:4", "ein guter Stuhl", "de", "pos"),
    Example("a:5", "a good lamp?", "en", "neg"),
]


def script(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "fake.py"
    path.write_text(text)
    return [sys.executable, str(path)]


def test_a_peer_answers_over_its_standard_streams(tmp_path: Path) -> None:
    answer = ask(script(tmp_path, FAKE), texts=["good", "bad"])
    assert answer == Answer([{"sentiment": "pos"}, {"sentiment": "neg"}], seconds=2.0, load_s=0.5)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("raise SystemExit('no such lexicon')", "ended with 1: no such lexicon"),
        ("print('hello')", "not in the form of"),
        ("print('{\"labels\": []}')", "not in the form of"),
        ('print(\'{"load_s": 0, "seconds": 1, "labels": []}\')', "answered 0 of 1 texts"),
    ],
)
def test_a_peer_that_fails_is_told_with_its_last_words(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(PeerError, match=message):
        ask(script(tmp_path, text), texts=["good"])


def test_the_worker_times_loading_and_tagging_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([10.0, 13.0, 20.0])
    monkeypatch.setattr(worker.time, "perf_counter", lambda: next(clock))

    def load(train):  # type: ignore[no-untyped-def]
        return lambda texts: [{"sentiment": train[0]["sentiment"]} for _ in texts]

    job = {"train": [{"text": "a", "sentiment": "neu", "aspects": []}], "texts": ["b", "c"]}
    assert worker.serve(load, job) == {"load_s": 3.0, "seconds": 7.0, "labels": [{"sentiment": "neu"}] * 2}


def test_the_trained_peer_learns_sentiment_and_aspects() -> None:
    words = {"neg": "dreadful price", "pos": "splendid quality"}
    train = [
        {"text": f"{text} {n}", "sentiment": label, "aspects": [text.split()[1]]}
        for n in range(20)
        for label, text in words.items()
    ]
    tag = worker.tfidf([*train, {"text": "dreadful", "sentiment": None, "aspects": []}])
    assert tag(["a dreadful price", "a splendid quality"]) == [
        {"sentiment": "neg", "aspects": ["price"]},
        {"sentiment": "pos", "aspects": ["quality"]},
    ]


def test_a_package_that_is_here_is_used_here() -> None:
    found = command("tfidf", module="json", requirement="json==1", cache=Path("nowhere"))
    assert found == [sys.executable, "-m", "evaluation.peers.worker", "tfidf"]


def test_an_environment_is_made_once_for_each_requirement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[list[str]] = []

    def create(home: Path, **_: bool) -> None:
        (home / "bin").mkdir(parents=True, exist_ok=True)

    monkeypatch.setattr(environments.venv, "create", create)
    monkeypatch.setattr(environments, "_run", lambda arguments, *_: calls.append(arguments) or "")
    for requirement in ("absent_package==1", "absent_package==1", "absent_package==2"):
        found = command("absent", module="absent_package", requirement=requirement, cache=tmp_path)
    python = str(tmp_path / "absent" / "bin" / "python")
    assert found == [python, worker.__file__, "absent"]
    assert [call[-1] for call in calls] == ["absent_package==1", "absent_package==2"]


def test_a_failed_installation_is_told_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def create(home: Path, **_: bool) -> None:
        (home / "bin").mkdir(parents=True, exist_ok=True)
        (home / "bin" / "python").write_text("#!/bin/sh\necho 'no network' >&2\nexit 3\n")
        (home / "bin" / "python").chmod(0o755)

    monkeypatch.setattr(environments.venv, "create", create)
    for _ in range(2):
        with pytest.raises(PeerError, match=r"installing absent_package==1 ended with 3: no network"):
            command("absent", module="absent_package", requirement="absent_package==1", cache=tmp_path)


def test_the_worker_runs_without_anything_of_this_project(tmp_path: Path) -> None:
    """In an environment of its own there is none."""
    package = tmp_path / "snownlp.py"
    package.write_text(
        "print('noise')\nclass SnowNLP:\n    def __init__(self, t):\n        self.sentiments = len(t) / 10\n"
    )
    runner = tmp_path / "run.py"
    runner.write_text(
        "import runpy, sys\n"
        f"sys.path[:0] = [{str(tmp_path)!r}]\n"
        f"sys.argv = ['worker.py', 'snownlp']\nrunpy.run_path({worker.__file__!r}, run_name='__main__')\n"
        "assert not {'vocnlp', 'evaluation', 'numpy'} & set(sys.modules)\n"
    )
    answer = ask([sys.executable, "-I", str(runner)], texts=["好", "非常好非常好"])
    assert answer.labels == [{"sentiment": "neg"}, {"sentiment": "pos"}]


def test_a_peer_is_measured_where_it_can_tell() -> None:
    assert rows_for(PEER, ROWS) == [0, 1, 4]
    assert rows_for(Peer("all", "All", "", "", ("neg", "neu", "pos", "mix")), ROWS) == [0, 1, 2, 3, 4]


def predictions(sentiment: list[list[float]], truth: list[int], tagged: list[list[bool]]) -> Predictions:
    n = len(truth)
    return Predictions(
        sentiment=np.array(sentiment, np.float32),
        aspects=np.zeros((n, 2), np.float32),
        polarity=np.zeros((n, 2), np.int64),
        tagged=np.array(tagged),
        true_sentiment=np.array(truth),
        true_polarity=np.array([[2, -1], [0, 0], [-1, -1]]),
    )


def test_both_are_judged_on_the_same_comments_and_labels() -> None:
    sentiment = [[0.1, 0.1, 0.2, 0.6], [0.6, 0.0, 0.0, 0.4], [0.3, 0.4, 0.2, 0.1]]
    found = predictions(sentiment, [2, 0, 0], [[True, False], [True, True], [False, True]])
    labels = [
        {"sentiment": label, "aspects": names}
        for label, names in (("pos", ["quality"]), ("neg", []), ("pos", []))
    ]
    row = compare(PEER, Answer(labels, seconds=1.5, load_s=9.0), found, ["quality", "price"], 400.0)
    # the peer: pos 1 of 2 right, neg 1 of 2 found; the model, mix and neu aside: all right
    assert row.sentiment_macro_f1 == (pytest.approx(2 / 3), 1.0)
    assert row.aspect_micro_f1 == (pytest.approx(2 * 1 / (2 * 1 + 0 + 2)), pytest.approx(2 * 3 / (2 * 3 + 1)))
    assert row.n == 3
    assert row.per_second == (2.0, 400.0)
    assert row.times_as_fast == 200
    assert row.to_dict()["times_as_fast"] == 200


def test_the_table_puts_the_model_second() -> None:
    rows = [
        Row("Fake", "en: neg pos", 1200, (0.5, 0.75), None, (20.0, 3000.0)),
        Row("Large", "speed alone", 64, None, None, (10.0, 3000.0)),
    ]
    first, _, fake, large = table(rows, "mine@1")
    assert first == "second of each pair: mine@1"
    assert " ".join(fake.split()) == "Fake en: neg pos 1,200 0.500 / 0.750 - 20 / 3,000 150.0"
    assert " ".join(large.split()) == "Large speed alone 64 - - 10 / 3,000 300.0"


def test_a_peer_and_a_model_run_on_the_same_comments(
    tmp_path: Path, tiny_model: LinearModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = script(tmp_path, FAKE)
    monkeypatch.setattr("evaluation.peers.__main__.command", lambda *_, **__: fake)
    row = run(PEER, tiny_model, ROWS, [], cache=tmp_path)
    assert (row.n, row.per_second[0]) == (3, 1.5)
    assert row.sentiment_macro_f1 is not None
    assert row.sentiment_macro_f1[0] == pytest.approx(2 / 3)
    with pytest.raises(PeerError, match="give --train"):
        run(Peer("t", "T", "json", "", ("pos",), trained=True), tiny_model, ROWS, [], cache=tmp_path)
    with pytest.raises(PeerError, match="no comment in fr"):
        run(Peer("t", "T", "json", "", ("pos",), "fr"), tiny_model, ROWS, [], cache=tmp_path)


def test_speed_is_of_the_whole_pipeline(tiny_model: LinearModel) -> None:
    assert per_second(pipeline.assemble(tiny_model), ["a good lamp"] * 3) > 0


def test_the_command_prints_one_table_and_goes_on_without_a_peer(
    tmp_path: Path, tiny_model_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = script(tmp_path, FAKE)
    data, out = tmp_path / "dev.jsonl", tmp_path / "out.json"
    data.write_text(
        "".join(
            json.dumps({"id": e.id, "text": e.text, "lang": e.language, "sentiment": e.sentiment}) + "\n"
            for e in ROWS
        )
    )
    monkeypatch.setattr("evaluation.peers.__main__.command", lambda *_, **__: fake)
    arguments = [
        str(data),
        "--model",
        str(tiny_model_directory),
        "--transformer-rows",
        "0",
        "--json",
        str(out),
    ]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    assert "SnowNLP is left out: no comment in zh" in done.output
    assert "TF-IDF and SVMs is left out: it learns" in done.output
    assert "VADER  " in done.output
    assert [row["title"] for row in json.loads(out.read_text())["peers"]] == ["VADER"]


def test_every_peer_has_a_worker() -> None:
    assert {peer.name for peer in PEERS} == set(worker.PEERS)
