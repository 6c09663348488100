"""Conditions of alert rules: a small part of Python's expressions, read with `ast` and never evaluated by it.

    csat < 3 and segment == "VIP"        "logistics:neg" in aspects        risk and not "churn" in risks

There are names, strings, numbers, True, False, None, lists of them, `and or not`, comparisons, `in`, and
`attributes["any name"]`. No calls, no arithmetic, no access to anything else. A name is one of the record's
(see `names`), a score or an attribute. What a record lacks is None, and a comparison with it, or of values
that cannot be compared, is false.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

from vocnlp.errors import InputError
from vocnlp.schema import TaggedComment

__all__ = ["Condition", "names", "read"]

Condition = Callable[[Mapping[str, Any]], bool]
_Value = Callable[[Mapping[str, Any]], Any]

LONGEST = 1000
DEEPEST = 50
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda value, container: value in container,
    ast.NotIn: lambda value, container: value not in container,
}


def names(record: TaggedComment) -> dict[str, Any]:
    """What an expression can name, of one record: its parts first, then its scores, then its attributes."""
    risks = {risk.category for risk in record.risks} | {f"{r.category}:{r.severity}" for r in record.risks}
    aspects = {tag.aspect for tag in record.aspects} | {f"{t.aspect}:{t.polarity}" for t in record.aspects}
    return {
        **record.attributes,
        **record.scores,
        "text": record.text,
        "language": record.language.code,
        "sentiment": record.sentiment.label,
        "sentiment_score": record.sentiment.score,
        "aspects": sorted(aspects),
        "risk": bool(risks),
        "risks": sorted(risks),
        "scores": record.scores,
        "attributes": record.attributes,
    }


def read(source: str) -> Condition:
    """The condition as a function of `names(record)`.

    Raises InputError, saying where, for anything that is not in the language.
    """
    if len(source) > LONGEST:
        raise InputError(f"the expression has {len(source):,} characters; at most {LONGEST:,} are read")
    source = source.strip().replace("\n", " ")
    try:
        tree = ast.parse(source, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        place = f" at character {error.offset}" if isinstance(error, SyntaxError) and error.offset else ""
        raise InputError(f"{source!r} is no expression{place}: {getattr(error, 'msg', error)}") from error
    value = _Reader(source).read(tree.body)
    return lambda record: bool(value(record))


class _Reader:
    """Turns the syntax tree of one expression into functions; every kind of node has its method."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.depth = 0

    def read(self, node: ast.expr) -> _Value:
        """The value of a node."""
        method: Callable[[Any], _Value] | None = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            raise self._refused(node, f"({type(node).__name__}) is not allowed")
        self.depth += 1
        if self.depth > DEEPEST:
            raise self._refused(node, "is too deep")
        value = method(node)
        self.depth -= 1
        return value

    def _refused(self, node: ast.expr, why: str) -> InputError:
        words = ast.get_source_segment(self.source, node)
        place = len(self.source.encode()[: node.col_offset].decode()) + 1  # ast counts in bytes
        return InputError(
            f"{self.source!r}: {words!r} at character {place} {why}; allowed are names, values, lists, "
            'and or not, == != < <= > >= in, and attributes["any name"]'
        )

    def _constant(self, node: ast.Constant) -> _Value:
        value = node.value
        if not isinstance(value, str | int | float | None):
            raise self._refused(node, "is neither text, number, True, False nor None")
        return lambda _: value

    def _name(self, node: ast.Name) -> _Value:
        name = node.id
        return lambda record: record.get(name)

    def _list(self, node: ast.List | ast.Tuple) -> _Value:
        items = [self.read(item) for item in node.elts]
        return lambda record: [item(record) for item in items]

    _tuple = _list

    def _unaryop(self, node: ast.UnaryOp) -> _Value:
        inner = self.read(node.operand)
        if isinstance(node.op, ast.Not):
            return lambda record: not inner(record)
        number = node.operand.value if isinstance(node.operand, ast.Constant) else None
        if isinstance(node.op, ast.USub) and isinstance(number, int | float):
            return lambda _: -number
        raise self._refused(node, "is arithmetic")

    def _boolop(self, node: ast.BoolOp) -> _Value:
        parts = [self.read(part) for part in node.values]
        joined = all if isinstance(node.op, ast.And) else any
        return lambda record: joined(part(record) for part in parts)

    def _compare(self, node: ast.Compare) -> _Value:
        chain = [node.left, *node.comparators]
        values = [self.read(part) for part in chain]
        tests = []
        for operation, (left, right) in zip(node.ops, pairwise(chain), strict=True):
            compare = _COMPARE.get(type(operation))
            if compare is None:
                raise self._refused(node, "compares with `is`; use == or !=")
            tests.append((compare, _is_none(left) or _is_none(right)))

        def holds(record: Mapping[str, Any]) -> bool:
            results = pairwise([value(record) for value in values])
            return all(
                _test(compare, left, right, with_none)
                for (compare, with_none), (left, right) in zip(tests, results, strict=True)
            )

        return holds

    def _subscript(self, node: ast.Subscript) -> _Value:
        outer, key = node.value, node.slice
        group = outer.id if isinstance(outer, ast.Name) else None
        name = key.value if isinstance(key, ast.Constant) else None
        if group not in ("attributes", "scores") or not isinstance(name, str):
            raise self._refused(node, 'is neither attributes["name"] nor scores["name"]')
        return lambda record: record[group].get(name)


def _test(compare: Callable[[Any, Any], bool], left: Any, right: Any, with_none: bool) -> bool:
    if not with_none and (left is None or right is None):
        return False
    try:
        return compare(left, right)
    except TypeError:  # a number and a text have no order
        return False


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
