"""Resampled weights: strata keep their size, customers who answered several times are drawn whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["Resampler"]

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Resampler:
    """Draws units (customers) with replacement within strata.

    cell: [m] the cell of each answer, ordered by unit.   owner: [m] its unit.
    strata: first unit of each stratum, and the number of units at the end.
    """

    cell: Codes
    owner: Codes
    strata: Codes
    cells: int

    @classmethod
    def of(cls, cell: Codes, *, customer: Codes, stratum: Codes, cells: int) -> Self:
        """From [n] cells (-1 is left out), customers and strata.

        A customer of several strata belongs to that of the first cell. The order of rows does not matter,
        but for the names of customers who gave equal answers.
        """
        rows = np.flatnonzero(cell >= 0)
        order = rows[np.lexsort((customer[rows], stratum[rows], cell[rows]))]
        _, first, unit = np.unique(customer[order], return_index=True, return_inverse=True)
        home = stratum[order][first]
        rank = np.empty(len(first), dtype=np.intp)
        sorted_units = np.lexsort((first, home))
        rank[sorted_units] = np.arange(len(first))
        edges = np.flatnonzero(np.diff(home[sorted_units], prepend=home.min(initial=0) - 1))
        return cls(cell[order], rank[unit], np.append(edges, len(first)).astype(np.intp), cells)

    @property
    def units(self) -> int:
        return int(self.strata[-1])

    def draws(self, number: int, *, seed: int) -> Iterator[Floats]:
        """[C] weights of the cells, `number` times."""
        generator = np.random.default_rng(seed)
        for _ in range(number):
            counts = np.zeros(self.units, dtype=np.float64)
            for begin, end in zip(self.strata[:-1], self.strata[1:], strict=True):
                counts[begin:end] = np.bincount(
                    generator.integers(end - begin, size=end - begin), minlength=end - begin
                )
            yield np.bincount(self.cell, counts[self.owner], minlength=self.cells).astype(np.float64)

    def unit_sums(self, values: Floats) -> Floats:
        """[u, K] sums over the answers of each unit of [C, K] values of the cells."""
        if self.units == len(self.cell):
            sums = np.empty((self.units, values.shape[1]))
            sums[self.owner] = values[self.cell]
            return sums
        columns = [np.bincount(self.owner, column[self.cell], minlength=self.units) for column in values.T]
        return np.stack(columns, axis=1)
