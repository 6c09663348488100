"""The sub-word vocabulary: XLM-R's pieces that our texts use, and their unigram scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer
from tokenizers.models import Unigram
from tokenizers.normalizers import NFKC, Replace
from tokenizers.normalizers import Sequence as Steps
from tokenizers.pre_tokenizers import Metaspace

from training.encoder.packed import Packed
from vocnlp.errors import InputError

__all__ = ["PAD", "SPECIAL", "build_tokenizer", "chosen_pieces", "kept_pieces"]

SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
PAD = SPECIAL.index("<pad>")
_BATCH = 2_000


def build_tokenizer(pieces: Sequence[str], scores: Sequence[float]) -> Tokenizer:
    """A unigram tokenizer (Kudo 2018); the first pieces are `SPECIAL`."""
    model = Unigram(list(zip(pieces, scores, strict=True)), unk_id=SPECIAL.index("<unk>"))
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = Steps([NFKC(), Replace(Regex(r"\s+"), " ")])
    tokenizer.pre_tokenizer = Metaspace(prepend_scheme="always")
    return tokenizer


def chosen_pieces(tokenizer: Tokenizer, texts: Iterable[str], *, size: int) -> NDArray[np.int64]:
    """Ids of the `size` pieces to keep: special ones, then those used most; ascending.

    Single characters win ties against longer pieces, which can be spelled with them.
    """
    counts: Counter[int] = Counter()
    batch: list[str] = []
    for text in texts:
        batch.append(text)
        if len(batch) == _BATCH:
            _count(tokenizer, batch, counts)
            batch = []
    _count(tokenizer, batch, counts)
    pieces = {i: piece for piece, i in tokenizer.get_vocab().items()}
    ranked = sorted(counts, key=lambda i: (-counts[i] - (len(pieces[i]) == 1), i))
    kept = [i for i in ranked if i >= len(SPECIAL)][: size - len(SPECIAL)]
    return np.sort(np.array([*range(len(SPECIAL)), *kept]))


def kept_pieces(tokenizer: Tokenizer, packed: Packed) -> NDArray[np.int64]:
    """[V] where the packed encoder has the pieces of a vocabulary that was chosen from its own.

    Raises InputError for a piece that it lacks: the vocabulary is another encoder's.
    """
    place = {piece: number for number, piece in enumerate(packed.pieces)}
    own = sorted(tokenizer.get_vocab().items(), key=itemgetter(1))
    if missing := [piece for piece, _ in own if piece not in place]:
        raise InputError(
            f"the encoder to begin with lacks {len(missing):,} of the model's {len(own):,} sub-words"
            f" ({missing[0]!r} first): it can take over only a vocabulary chosen from its own"
        )
    return np.array([place[piece] for piece, _ in own])


def _count(tokenizer: Tokenizer, texts: list[str], counts: Counter[int]) -> None:
    for encoding in tokenizer.encode_batch_fast(texts, add_special_tokens=False):
        counts.update(encoding.ids)
