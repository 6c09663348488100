from __future__ import annotations

from dataclasses import replace

import pytest

from training.encoder.packed import Packed
from training.encoder.vocabulary import build_tokenizer, kept_pieces
from vocnlp.errors import InputError


def test_a_chosen_vocabulary_is_found_in_the_encoder(packed: Packed) -> None:
    chosen = [*range(4), 5, 9, 20]
    tokenizer = build_tokenizer([packed.pieces[i] for i in chosen], [0.0] * len(chosen))
    assert kept_pieces(tokenizer, packed).tolist() == chosen


def test_an_encoder_that_lacks_a_sub_word_is_refused(packed: Packed) -> None:
    tokenizer = build_tokenizer(packed.pieces, [0.0] * len(packed.pieces))
    lacking = replace(packed, pieces=[piece for piece in packed.pieces if piece != "▁parcel"])
    with pytest.raises(InputError, match=r"lacks 1 of .* sub-words.*'▁parcel'"):
        kept_pieces(tokenizer, lacking)
