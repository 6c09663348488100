"""A compact memory of the ids seen so far."""

from __future__ import annotations

from array import array

__all__ = ["SeenIds"]


class SeenIds:
    """A set of strings by their 64-bit hashes: 16 to 32 bytes an id where a set of strings takes over 100.

    Two ids among n share a hash with probability n**2 / 2**65: one in 370 thousand for ten million ids; the
    one harm is a false `duplicate_id` warning. Open addressing with linear probing (Knuth, TAOCP 3, 6.4).
    """

    def __init__(self) -> None:
        self._slots = array("q", bytes(8 * 1024))
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, identifier: str) -> bool:
        """Remember an id; False if it was there already."""
        if 2 * self._count >= len(self._slots):
            self._grow()
        added = self._insert(self._slots, hash(identifier) or 1)
        self._count += added
        return added

    @staticmethod
    def _insert(slots: array[int], key: int) -> bool:
        mask = len(slots) - 1
        place = key & mask
        while slots[place]:
            if slots[place] == key:
                return False
            place = (place + 1) & mask
        slots[place] = key
        return True

    def _grow(self) -> None:
        larger = array("q", bytes(8 * 2 * len(self._slots)))
        for key in self._slots:
            if key:
                self._insert(larger, key)
        self._slots = larger
