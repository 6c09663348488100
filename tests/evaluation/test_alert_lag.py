"""The lag of alerts: what is counted late and lost, and one run on a small model."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluation.alert_lag import measured, summary


def test_late_and_lost_alerts_are_counted() -> None:
    lag = summary([0.1, 0.2, 2.5], comments=100, flagged=5, rate=50.0)
    assert (lag.late, lag.lost, lag.worst, lag.p50) == (1, 2, 2.5, 0.2)
    nothing = summary([], comments=100, flagged=1, rate=50.0)
    assert (nothing.late, nothing.lost) == (0, 1)


@pytest.mark.slow
def test_a_run_hears_of_every_flag(tiny_model_directory: Path) -> None:
    lag = measured(rate=50, seconds=2, batch=10, database=None, model=str(tiny_model_directory))
    assert lag.comments == 100
    assert lag.lost == 0
    assert lag.flagged > 0
