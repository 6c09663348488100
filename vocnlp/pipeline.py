"""Comments in, tagged comments out: repair, mask, cut, tell the language, tag."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from models import registry, store
from models.interface import Model, Prediction
from models.manifest import ModelFileError
from vocnlp.errors import ErrorCode, ModelError
from vocnlp.schema import Comment, FailedComment, Problem, Risk, TaggedComment
from vocnlp.settings import Settings
from vocnlp.tagging import risks
from vocnlp.tagging.aspects import aspect_tags
from vocnlp.tagging.pieces import predict
from vocnlp.tagging.risks import RiskTagger
from vocnlp.tagging.sentiment import NO_COMMENT, sentiments
from vocnlp.tagging.verdict import RiskWeights, Verdict
from vocnlp.taxonomy import taxonomy
from vocnlp.text import language
from vocnlp.text.language import Detector
from vocnlp.text.prepare import Prepared, prepare

__all__ = ["DEFAULT_MODEL", "Pipeline", "assemble", "find_model", "load", "load_model"]

DEFAULT_MODEL = "default"
_BASELINE = "baseline"

BATCH_COMMENTS = 512
BATCH_CHARACTERS = 100_000


class Pipeline:
    """Tags comments in batches. Made by `load`; not safe for use by several threads at once."""

    def __init__(
        self,
        *,
        model: Model,
        detector: Detector,
        risk_tagger: RiskTagger,
        versions: dict[str, str],
        verdict: Verdict | None = None,
    ) -> None:
        """verdict: weighs rules and model on risks; without one the rules decide alone."""
        self.model = model
        self.detector = detector
        self.risk_tagger = risk_tagger
        self.versions = versions
        self.verdict = verdict

    def tag(self, comments: Iterable[Comment | FailedComment]) -> Iterator[TaggedComment | FailedComment]:
        """One record for each comment, in order; what failed to be read is passed on."""
        for batch in _batches(comments):
            yield from self._tag_batch(batch)

    def _tag_batch(self, batch: Sequence[Comment | FailedComment]) -> list[TaggedComment | FailedComment]:
        results: dict[int, TaggedComment | FailedComment] = {}
        ready: dict[int, tuple[Comment, Prepared]] = {}
        for place, comment in enumerate(batch):
            if isinstance(comment, FailedComment):
                results[place] = comment
                continue
            try:
                ready[place] = comment, prepare(comment.text)
            except Exception as error:  # one comment must not take the batch down
                problem = Problem(ErrorCode.INTERNAL, f"preparing the text failed: {error!r}")
                results[place] = FailedComment(comment.id, problem)
        results.update(zip(ready, self._tagged(list(ready.values())), strict=True))
        return [results[place] for place in range(len(batch))]

    def _tagged(self, comments: list[tuple[Comment, Prepared]]) -> Iterator[TaggedComment]:
        texts = [prepared.text for _, prepared in comments]
        spans = [prepared.clauses for _, prepared in comments]
        prediction = predict(self.model, texts, spans)
        feelings = sentiments(prediction.sentiment)
        tags = aspect_tags(
            prediction, names=self.model.aspects, thresholds=self.model.thresholds, texts=texts, clauses=spans
        )
        languages = self.detector.detect(texts)
        for place, (comment, prepared) in enumerate(comments):
            said = bool(prepared.clauses)
            yield TaggedComment(
                id=comment.id,
                text=prepared.text,
                language=languages[place],
                sentiment=feelings[place] if said else NO_COMMENT,
                aspects=tags[place] if said else [],
                risks=self._risks(prepared, languages[place].code, prediction, place),
                pii=prepared.personal,
                scores=comment.scores,
                attributes=comment.attributes,
                warnings=[*comment.warnings, *prepared.warnings],
                versions=self.versions,
            )

    def _risks(self, prepared: Prepared, code: str, prediction: Prediction, place: int) -> list[Risk]:
        found = self.risk_tagger.tag(prepared.text, prepared.clauses, code)
        if self.verdict is None or not prepared.clauses:
            return found
        clauses = prediction.clauses[prediction.offsets[place] : prediction.offsets[place + 1]]
        attention = clauses[:, len(self.model.aspects) :]
        by_model = prediction.risks[place]
        return self.verdict.decide(found, by_model, attention, prepared.text, prepared.clauses)


def load(
    *,
    model: str | None = None,
    device: str = "auto",
    language_detector: str | None = None,
    risk_rules: Path | None = None,
) -> Pipeline:
    """Load a pipeline.

    model: name of an installed model or a directory; by default `default`, or `baseline` where there is none.
    device: `auto`, `cpu` or `cuda`, for models that can use one.   language_detector: as in `language.load`.
    risk_rules: a file of rules in the form of `taxonomy/risks.yaml`, which then decide alone.
    Raises ModelError, InputError, TaxonomyError or MissingExtraError.
    """
    loaded = load_model(model, device=device)
    return assemble(loaded, language_detector=language_detector, risk_rules=risk_rules)


def assemble(
    model: Model, *, language_detector: str | None = None, risk_rules: Path | None = None
) -> Pipeline:
    """A pipeline around a loaded model; the rest is as in `load`."""
    tagger = risks.load(risk_rules)
    versions = {"model": model.version, "taxonomy": taxonomy.load().version, "risks": tagger.version}
    verdict = None
    if model.risks and risk_rules is None:
        verdict = Verdict(model.risks, RiskWeights(**model.risk_weights), tagger.severities)
    return Pipeline(
        model=model,
        detector=language.load(language_detector or "builtin"),
        risk_tagger=tagger,
        versions=versions,
        verdict=verdict,
    )


def load_model(model: str | None = None, *, device: str = "auto") -> Model:
    """Load a model alone; raises ModelError with what is wrong with it."""
    try:
        return store.load(str(find_model(model)), device=device)
    except ModelFileError as error:
        raise ModelError(str(error)) from error


def find_model(model: str | None = None) -> Path:
    """The directory of a model given by name or path.

    `default` is the one promoted last (`vocnlp models promote`), else the one that ships with vocnlp.
    Raises ModelFileError naming what is available.
    """
    if model not in (None, DEFAULT_MODEL):
        return store.resolve(str(model))
    promoted = registry.active(Settings().models)
    shipped = DEFAULT_MODEL if DEFAULT_MODEL in store.available() else _BASELINE
    return promoted or store.resolve(shipped)


def _batches(comments: Iterable[Comment | FailedComment]) -> Iterator[list[Comment | FailedComment]]:
    source = iter(comments)
    while batch := list(islice(source, 1)):
        size = _length(batch[0])
        while len(batch) < BATCH_COMMENTS and size < BATCH_CHARACTERS:
            following = next(source, None)
            if following is None:
                break
            batch.append(following)
            size += _length(following)
        yield batch


def _length(comment: Comment | FailedComment) -> int:
    return len(comment.text) if isinstance(comment, Comment) else 0
