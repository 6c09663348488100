"""Ids of the special pieces of every vocabulary."""

from __future__ import annotations

__all__ = ["BEGIN", "END", "PAD"]

BEGIN, PAD, END = 0, 1, 2
