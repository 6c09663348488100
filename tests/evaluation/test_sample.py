from __future__ import annotations

from click.testing import CliRunner

from evaluation.sample import main, written


def test_every_written_comment_is_measured() -> None:
    examples = written()
    assert len(examples) == 1057
    assert len({example.language for example in examples}) == 15
    done = CliRunner().invoke(main, ["--model", "baseline"])
    assert done.exit_code == 0, done.output
    assert "on 1,057 comments" in done.output
    assert "aspect_micro_f1" in done.output
