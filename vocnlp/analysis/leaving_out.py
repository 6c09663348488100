"""What leaving suspicious answers out changes, number by number."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, get_args

from vocnlp.analysis.findings import Causes, Factor
from vocnlp.analysis.praise import Flag, effect_of_leaving_out
from vocnlp.analysis.survey import Survey
from vocnlp.analysis.suspicion import Reason
from vocnlp.errors import InputError
from vocnlp.scores.scale import Metric

__all__ = ["changed", "read_reasons"]

Value = tuple[float, tuple[float, float]]
EVERYTHING = "all"


def read_reasons(names: Sequence[str]) -> frozenset[Reason]:
    """The reasons of these names; "all" stands for every one. Raises InputError for another name."""
    known = get_args(Reason)
    for name in names:
        if name not in (EVERYTHING, *known):
            raise InputError(
                f"{name!r} is no sign of a suspicious answer; use {EVERYTHING} or {', '.join(known)}"
            )
    chosen: Sequence[Any] = known if EVERYTHING in names else names
    return frozenset(chosen)


def changed(
    survey: Survey,
    metric: Metric,
    flags: Collection[Flag],
    *,
    reasons: Collection[Reason],
    before: Causes,
    after: Causes,
    score: str | None = None,
    customer: str | None = None,
) -> dict[str, Any]:
    """Every number with the flagged answers and without them, as plain values.

    survey: with them; flags: of `praise.flag`; reasons: those whose answers are left out. before, after: the
    causes with and without them. `numbers` are the rows of `praise.effect_of_leaving_out`, then one row for
    each `effect` and `attributed_detractors` of a cause, `driver_effect` and `attributed_promoters` of a
    driver, and `unexplained`; a cause that is not judged on one side is None there.
    """
    table = effect_of_leaving_out(survey, metric, flags, reasons=reasons, score=score, customer=customer)
    plain = table.astype(object).where(table.notna(), None)
    rows: list[dict[str, Any]] = [dict(zip(plain.columns, row, strict=True)) for row in plain.to_numpy()]
    found = [dict(_values(one)) for one in (before, after)]
    for number, name in dict.fromkeys([*found[0], *found[1]]):
        rows.append(_row(number, name, *(side.get((number, name)) for side in found)))
    return {
        "answers": len({flag.row for flag in flags if flag.reason in reasons}),
        "reasons": sorted(reasons),
        "numbers": rows,
    }


def _values(found: Causes) -> Iterator[tuple[tuple[str, str], Value]]:
    for factors, effect, part in (
        (found.causes, "effect", "attributed_detractors"),
        (found.drivers, "driver_effect", "attributed_promoters"),
    ):
        yield from _of_factors(factors, effect, part)
    yield ("unexplained", ""), (found.unexplained.share, found.unexplained.interval)


def _of_factors(factors: Sequence[Factor], effect: str, part: str) -> Iterator[tuple[tuple[str, str], Value]]:
    for factor in factors:
        if factor.effect:
            yield (effect, factor.aspect), (factor.effect.estimate, factor.effect.interval)
        if factor.attributed:
            yield (part, factor.aspect), (factor.attributed.share, factor.attributed.interval)


def _row(number: str, name: str, before: Value | None, after: Value | None) -> dict[str, Any]:
    row: dict[str, Any] = {"number": number, "name": name}
    for side, value in (("before", before), ("after", after)):
        row[side] = value and value[0]
        row[f"{side}_low"], row[f"{side}_high"] = value[1] if value else (None, None)
    return row | {"change": after[0] - before[0] if before and after else None}
