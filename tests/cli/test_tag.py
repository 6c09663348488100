"""`vocnlp tag` as a person runs it: messages, exit codes, Ctrl-C."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from vocnlp.cli.main import main

DRIVER = '''
"""The command line over a pipeline that takes its time."""
import signal, sys, time
from vocnlp import pipeline
from vocnlp.schema import *

class Slow:
    def tag(self, comments):
        for comment in comments:
            time.sleep(0.002)
            yield TaggedComment(comment.id, comment.text, Language("en", 1.0), Sentiment("neu", 0.0, {}),
                                [], [], [], comment.scores, comment.attributes, comment.warnings, {})

def load(**options):
    return Slow()

pipeline.load = load
if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background starts deaf to it
    from vocnlp.cli.main import main
    main(sys.argv[1:])
'''


@pytest.fixture
def slow(tmp_path: Path) -> list[str]:
    """The command, on a pipeline without a model that takes 2 ms a comment."""
    (tmp_path / "driver.py").write_text(DRIVER)
    return [sys.executable, str(tmp_path / "driver.py")]


@pytest.fixture
def many(tmp_path: Path) -> Path:
    path = tmp_path / "many.csv"
    path.write_text("id,comment\n" + "".join(f"{i},comment number {i}\n" for i in range(100_000)))
    return path


def vocnlp(*arguments: object) -> int:
    with pytest.raises(SystemExit) as stopped:
        main([str(argument) for argument in arguments])
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


def test_a_small_file(tmp_path: Path, tiny_model_directory: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "in.csv"
    path.write_text("id,comment,nps\n1,配送很慢,2\n2,Great lamp,9\n", encoding="utf-8")
    assert vocnlp("tag", path, "-o", tmp_path / "out.jsonl", "--model", tiny_model_directory) == 0
    records = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(r["id"], r["text"], r["scores"]) for r in records] == [
        ("1", "配送很慢", {"nps": 2.0}),
        ("2", "Great lamp", {"nps": 9.0}),
    ]
    out, err = capfd.readouterr()
    assert not out
    assert re.fullmatch(r"vocnlp: 2 comments in \d+\.\d s, [\d,]+ comments/s\n", err)


def test_own_rules_for_risks(tmp_path: Path, tiny_model_directory: Path) -> None:
    path, rules = tmp_path / "in.csv", tmp_path / "mine.yaml"
    path.write_text("id,comment\n1,It came three weeks late\n2,A scam\n", encoding="utf-8")
    rules.write_text(
        "version: mine@1\nlanguages: {en: {}}\nchecks: {late: []}\n"
        "rules: {late: {en: {medium: [001 three weeks late]}}}\n",
        encoding="utf-8",
    )
    options = ["--model", tiny_model_directory, "--risk-rules", rules]
    assert vocnlp("tag", path, "-o", tmp_path / "out.jsonl", *options) == 0
    records = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [[risk["rule"] for risk in r["risks"]] for r in records] == [["late.en.001"], []]
    assert {r["versions"]["risks"] for r in records} == {"mine@1"}


def test_gb18030(
    tmp_path: Path,
    tiny_model_directory: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes("编号,评论内容,净推荐值\n1,配送太慢了，客服也不理人,2\n2,灯很漂亮,9\n".encode("gb18030"))
    assert vocnlp("tag", path, "-o", "-", "--model", tiny_model_directory) == 0
    out = capfd.readouterr().out
    assert [(r["id"], r["text"], r["scores"]["nps"]) for r in map(json.loads, out.splitlines())] == [
        ("1", "配送太慢了，客服也不理人", 2.0),
        ("2", "灯很漂亮", 9.0),
    ]
    assert "is not UTF-8; it is read as gb18030" in caplog.text


def test_row_errors_are_shown_up_to_ten_then_counted(
    tmp_path: Path, tiny_model_directory: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "in.csv"
    path.write_text("id,comment\n" + "1,ok\n" + "".join(f"{i},a,b\n" for i in range(14)) + "2,\n2,ok\n")
    assert vocnlp("tag", path, "-o", tmp_path / "out.csv", "--model", tiny_model_directory) == 1
    lines = capfd.readouterr().err.splitlines()
    assert [line for line in lines if "bad_row: line" in line] == [
        f"vocnlp: bad_row: line {line} has 3 cells where the header names 2; "
        "put double quotes around cells with ','"
        for line in range(3, 13)
    ]
    assert lines[10:12] == [
        "vocnlp: 15 row errors (bad_row 14, missing_text 1)",
        "vocnlp: 1 warning (duplicate_id 1)",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.csv", "-o", "out.csv"], "cannot read none.csv: No such file or directory"),
        (["empty.csv", "-o", "out.csv"], "empty.csv is empty"),
        (["in.csv", "-o", "out.doc"], r"out.doc: cannot write '.doc'; use .jsonl .csv"),
        (["in.csv", "-o", "no/out.csv"], "cannot write no/out.csv at all: No such file or directory"),
        (
            ["in.csv", "-o", "out.csv", "--text", "b"],
            r"in.csv has no column 'b' \(--text\); it has: 'comment'",
        ),
        (["in.csv", "-o", "out.csv", "--encoding", "x"], "encoding 'x' is unknown; use a name such as utf-8"),
        (["in.csv", "-o", "out.csv", "--delimiter", "ab"], "delimiter 'ab' must be one character"),
        (["in.csv", "-o", "out.csv", "--model", "no-such-model"], "no-such-model"),
        (["in.csv", "-o", "out.csv", "--risk-rules", "no.yaml"], "no.yaml: cannot be read: No such file"),
        (["in.csv", "-o", "in.csv"], "in.csv is the input too"),
    ],
)
def test_what_cannot_start_is_one_clear_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.csv").touch()
    (tmp_path / "in.csv").write_text("comment\nfine\n")
    assert vocnlp("tag", *arguments) == 2
    out, err = capfd.readouterr()
    assert not out
    assert err.count("\n") == 1
    assert re.match(f"vocnlp: .*{message}", err)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["empty.csv", "in.csv"]


def test_only_a_header_is_done_at_once(
    tmp_path: Path, tiny_model_directory: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in.csv").write_text("id,comment\n")
    assert (
        vocnlp("tag", tmp_path / "in.csv", "-o", tmp_path / "out.jsonl", "--model", tiny_model_directory) == 0
    )
    assert (tmp_path / "out.jsonl").read_bytes() == b""
    assert "0 comments" in capfd.readouterr().err


def test_quiet_prints_nothing_when_all_is_well(
    tmp_path: Path, tiny_model_directory: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in.tsv").write_text("id\tcomment\n1\tfine\n")
    assert (
        vocnlp("tag", tmp_path / "in.tsv", "-o", tmp_path / "o.jsonl", "-q", "--model", tiny_model_directory)
        == 0
    )
    assert capfd.readouterr().err == ""


@pytest.mark.slow
def test_a_comment_of_a_million_characters_is_tagged_whole(
    tmp_path: Path, tiny_model_directory: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    text = "The delivery was late again. " * 34_483
    (tmp_path / "in.jsonl").write_text(json.dumps({"id": "a", "text": text}) + "\n")
    assert (
        vocnlp("tag", tmp_path / "in.jsonl", "-o", tmp_path / "out.jsonl", "--model", tiny_model_directory)
        == 0
    )
    record = json.loads((tmp_path / "out.jsonl").read_text())
    assert len(text) > 1_000_000
    assert record["text"] == text
    assert record["warnings"][0].startswith("long_comment: 1,000,007 characters")
    assert "1 warning (long_comment 1)" in capfd.readouterr().err


def press_ctrl_c(
    process: subprocess.Popen[bytes], begun: Callable[[], bool], number: int = signal.SIGINT
) -> str:
    """Interrupt a process and its children once it has begun to write; returns what it said."""
    while process.poll() is None and not begun():
        time.sleep(0.05)
    os.killpg(process.pid, number)
    return process.communicate(timeout=300)[1].decode()


@pytest.mark.slow
@pytest.mark.parametrize(("number", "workers"), [(signal.SIGINT, 1), (signal.SIGINT, 2), (signal.SIGTERM, 1)])
def test_ctrl_c_keeps_whole_lines(
    tmp_path: Path, slow: list[str], many: Path, number: int, workers: int
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    command = [*slow, "tag", str(many), "-o", str(folder / "tagged.jsonl"), "--workers", str(workers)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True)
    error = press_ctrl_c(process, lambda: any(p.stat().st_size for p in folder.iterdir()), number)
    assert process.returncode == 130
    assert [path.name for path in folder.iterdir()] == ["tagged.partial.jsonl"]
    content = (folder / "tagged.partial.jsonl").read_bytes()
    assert content.endswith(b"\n")
    ids = [json.loads(line)["id"] for line in content.splitlines()]
    assert ids == [str(i) for i in range(len(ids))]
    assert 0 < len(ids) < 100_000
    assert f"the {len(ids)} records done so far are in {folder}/tagged.partial.jsonl" in error
    assert error.endswith("vocnlp: interrupted\n")
    assert "Traceback" not in error


@pytest.mark.slow
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_ctrl_c_on_a_pipe_ends_in_a_whole_line(
    tmp_path: Path, slow: list[str], many: Path, unbuffered: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    output = tmp_path / "out.jsonl"
    with output.open("wb") as file:
        command = [*slow, "tag", str(many), "-o", "-", "--workers", "1"]
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.PIPE, start_new_session=True)
        error = press_ctrl_c(process, lambda: output.stat().st_size > 0)
    assert process.returncode == 130
    assert output.read_bytes().endswith(b"\n")
    ids = [json.loads(line)["id"] for line in output.read_bytes().splitlines()]
    assert ids == [str(i) for i in range(len(ids))]
    assert ids
    assert error.strip() == "vocnlp: interrupted"


@pytest.mark.slow
def test_a_reader_that_goes_away(slow: list[str], many: Path) -> None:
    command = f"{' '.join(slow)} tag {many} -o - --workers 1 | head -n 1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False
    )
    assert json.loads(done.stdout)["id"] == "0"
    assert done.returncode == 2
    assert re.fullmatch(
        r"vocnlp: cannot write standard output after [\d,]+ records: Broken pipe\n", done.stderr
    )


@pytest.mark.slow
def test_standard_input_to_a_full_device(slow: list[str]) -> None:
    lines = "".join(json.dumps({"id": i, "text": "fine"}) + "\n" for i in range(50))
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*slow, "tag", "-", "-o", "-"],
            input=lines.encode(),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 2
    assert re.fullmatch(
        rb"vocnlp: cannot write standard output .*: no space left \(.*\); free some.*\n", done.stderr
    )
