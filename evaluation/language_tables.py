"""The figures of a comparison of language detectors, and their tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["LENGTHS", "LOCAL", "Report", "table"]

LENGTHS = {"1-3 words": (0.0, 3.0), "4-10 words": (3.0, 10.0), "over 10": (10.0, float("inf"))}
LOCAL = ("ace", "ban", "bbc", "bjn", "bug", "jv", "mad", "min", "nij", "su")
"""Languages of Indonesia, of which the corpora have little: reported apart."""


@dataclass(slots=True)
class Report:
    """Accuracies: `shipped[group][length]` on all rows, `peers[detector][group][length]` on the sample."""

    rows: dict[str, dict[str, int]]
    shipped: dict[str, dict[str, float]]
    means: dict[str, dict[str, float]]
    calibration: dict[str, float]
    confusions: list[tuple[str, str, int]]
    sample: int
    peers: dict[str, dict[str, dict[str, float]]] = field(default_factory=dict)
    peer_means: dict[str, dict[str, float]] = field(default_factory=dict)
    written: dict[str, dict[str, float]] = field(default_factory=dict)
    written_rows: dict[str, int] = field(default_factory=dict)
    chinese: dict[str, float] = field(default_factory=dict)
    cost: dict[str, dict[str, float]] = field(default_factory=dict)


def table(report: Report) -> str:
    """The report as Markdown."""
    return "\n\n".join(
        [
            _shipped_table(report),
            _confusion_table(report),
            _peer_table(report),
            _written_table(report),
            _cost_table(report),
        ]
    )


def _percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f}"


def _grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _shipped_table(report: Report) -> str:
    def line(name: str, values: dict[str, float], counts: dict[str, int]) -> list[str]:
        cells = [(_percent(values.get(length)), str(counts[length] or "")) for length in LENGTHS]
        return [name, *(cell for pair in cells for cell in pair)]

    totals = {length: sum(count[length] for count in report.rows.values()) for length in LENGTHS}
    rows = [line(group, report.shipped[group], report.rows[group]) for group in report.shipped]
    rows += [
        line(f"mean of {name}", values, dict.fromkeys(LENGTHS, 0)) for name, values in report.means.items()
    ]
    rows.append(line("calibration error", report.calibration, totals))
    head = ["builtin, all dev rows, %", *(part for length in LENGTHS for part in (length, "n"))]
    return _grid(head, rows)


def _confusion_table(report: Report) -> str:
    rows = [[group, code, str(count)] for group, code, count in report.confusions]
    return _grid(["most frequent errors of builtin", "answer", "rows"], rows)


def _peer_table(report: Report) -> str:
    names = list(report.peers)
    head = [f"sample of {report.sample}, %", *(f"{name} {length}" for name in names for length in LENGTHS)]
    groups = [group for group in report.peers["builtin"] if group not in LOCAL]
    rows = [
        [group, *(_percent(report.peers[name][group].get(length)) for name in names for length in LENGTHS)]
        for group in groups
    ]
    rows.append(
        ["mean", *(_percent(report.peer_means[name].get(length)) for name in names for length in LENGTHS)]
    )
    return _grid(head, rows)


def _written_table(report: Report) -> str:
    names = list(report.written)
    rows = [
        [code, str(count), *(_percent(report.written[name][code]) for name in names)]
        for code, count in report.written_rows.items()
    ]
    total = sum(report.written_rows.values())
    overall = [
        sum(report.written[name][code] * count for code, count in report.written_rows.items()) / total
        for name in names
    ]
    rows.append(["all", str(total), *map(_percent, overall)])
    rows.append(["simplified/traditional by OpenCC", "", *(_percent(report.chinese[name]) for name in names)])
    return _grid(["written for this project, %", "n", *names], rows)


def _cost_table(report: Report) -> str:
    rows = [
        [
            name,
            f"{cost['texts_per_s']:,.0f}",
            f"{cost['single_ms']:.2f}",
            f"{cost['load_ms']:.0f}",
            f"{cost['memory_mb']:.0f}",
        ]
        for name, cost in report.cost.items()
    ]
    return _grid(
        ["cost (one thread, processor time)", "texts/s", "ms a single text", "ms to load", "MB"], rows
    )
