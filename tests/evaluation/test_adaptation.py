from __future__ import annotations

import json
from pathlib import Path

import pytest

from evaluation.adaptation import Customer, chosen, customer
from vocnlp.batch.labelled import Example


def corpus(directory: Path) -> Path:
    zstandard = pytest.importorskip("zstandard")
    rows = [
        {"id": str(n), "text": f"text {n}", "sentiment": "neg", "labels": ["Late Flight"] if n % 2 else []}
        for n in range(600)
    ]
    rows[1]["labels"] = ["Late Flight", "Rare"]
    for part in ("train", "dev"):
        with zstandard.open(directory / f"{part}.jsonl.zst", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
    return directory


def test_the_commonest_topics_are_the_aspects(tmp_path: Path) -> None:
    found = customer(corpus(tmp_path))
    assert found.aspects == ["late_flight"]
    assert found.train[1].aspects == {"late_flight": "neg"}
    assert found.train[2].aspects == {}


def test_as_many_examples_are_chosen_as_asked() -> None:
    train = [
        Example(f"shop:{n}", f"text {n}", "en", "neg", {} if n % 3 else {"price": "neg"}) for n in range(300)
    ]
    rows = chosen(Customer("shop", ["price"], train, []), 20)
    assert sum("price" in row.aspects for row in rows) == 20
    assert sum(not row.aspects for row in rows) == 40
    assert rows == chosen(Customer("shop", ["price"], train, []), 20)
