"""Settings of one training of the encoder; `training/recipes/*.toml` hold them."""

from __future__ import annotations

from dataclasses import dataclass

from vocnlp.errors import InputError

__all__ = [
    "GROUPS",
    "CorpusRows",
    "EncoderRecipe",
    "Generation",
    "SoftLabels",
    "Stage",
    "Student",
    "SubwordRecipe",
    "TuneRecipe",
]

GROUPS = ("labelled", "translations", "aspects", "sentiment", "soft")
"""Kinds of rows: labelled with the taxonomy, translations of such, other corpora with aspects of their own or
with a sentiment or rating alone, and comments that the teacher labelled."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Training of one network.

    layers: which layers of the packed encoder (stage of a generation) or of the last teacher (`Student`) it
        begins with; none where it goes on with the network there is.
    texts: how many it reads in all.   mix: share of each of `GROUPS` among them.
    rate: highest learning rate of the encoder, which at 0 stays as it is; `head_rate` that of the heads.
    tokens: sub-words in a batch, padding included.   dropout: of what each layer adds.
    """

    layers: tuple[int, ...]
    texts: int
    mix: tuple[float, ...]
    rate: float = 2e-4
    head_rate: float = 1e-3
    tokens: int = 6144
    dropout: float = 0.0

    def __post_init__(self) -> None:
        if len(self.mix) != len(GROUPS):
            raise InputError(f"mix needs {len(GROUPS)} shares ({', '.join(GROUPS)}), not {len(self.mix)}")


@dataclass(frozen=True, slots=True)
class Student(Stage):
    """Training of the network that ships: smaller than its teacher.

    inner: inner units that each layer keeps; all by default.   joins: of `models.network.Shape`.
    """

    inner: int | None = None
    joins: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        Stage.__post_init__(self)
        if len({*self.joins}) < len(self.joins) or not {*self.joins} <= {*range(len(self.layers))}:
            raise InputError(f"joins must name layers from 0 to {len(self.layers) - 1}, each once")


@dataclass(frozen=True, slots=True)
class CorpusRows:
    """Rows taken of each corpus and language: with aspects of its own, and with sentiment or rating alone."""

    aspects_of: int = 6_000
    sentiment_of: int = 9_000


@dataclass(frozen=True, slots=True)
class SoftLabels:
    """count: comments of other corpora that the teachers label.
    translations: whether translations of other corpora are labelled too, each with the mean of what is said
        of all translations of its text.   groups: of so many texts that have translations; all by default.
    informed: whether what sources say of their comments corrects the teachers.
    """

    count: int = 100_000
    translations: bool = False
    groups: int | None = None
    informed: bool = False


@dataclass(frozen=True, slots=True)
class Generation:
    """Teachers that differ by their seed, and whose answers are averaged.

    stage: on every label, and on what the generation before says.   finish: mostly on the taxonomy's own.
    """

    stage: Stage
    finish: Stage
    seeds: tuple[int, ...] = (0,)

    def __post_init__(self) -> None:
        _goes_on("finish", self.finish)


@dataclass(frozen=True, slots=True)
class EncoderRecipe:
    """generations: of teachers, each taught by the one before (born-again networks: Furlanello et al. 2018,
    arXiv:1805.04770); without any a finished model is the teacher.   student: what ships, taught by the last
    teachers.   further: goes on from the student.

    words: size of the vocabulary.   window: sub-words read at once.
    threads: of the CPU; 0 for all cores, or OMP_NUM_THREADS.
    seeds: of `further`, one training each; the student has the first. The weights of the student and of all
        that goes on from it are averaged (model soup: Wortsman et al. 2022, arXiv:2203.05482).
    """

    student: Student
    further: Stage
    generations: tuple[Generation, ...] = ()
    corpora: CorpusRows = CorpusRows()
    soft: SoftLabels = SoftLabels()
    words: int = 40_000
    window: int = 254
    threads: int = 0
    seeds: tuple[int, ...] = (0, 1)

    def __post_init__(self) -> None:
        _goes_on("further", self.further)


@dataclass(frozen=True, slots=True)
class TuneRecipe:
    """Settings of a training that goes on from a finished model.

    held: share of the comments that thresholds are set by.
    corpora, soft: rows and soft labels by the model begun with, where `--corpora` is given.
    least_held: comments held below which the thresholds and probabilities of the model begun with are kept.
    ngrams: whether support vector machines on n-grams of the user's own comments have a say in sentiment and
        aspects too, where as many are held (`models.ngram_branch`).
    seeds: one training each; the weights of all are averaged.
    """

    stage: Stage
    corpora: CorpusRows = CorpusRows()
    soft: SoftLabels = SoftLabels(0)
    held: float = 0.15
    least_held: int = 200
    ngrams: bool = False
    window: int = 254
    threads: int = 0
    seeds: tuple[int, ...] = (0,)

    def __post_init__(self) -> None:
        _goes_on("stage", self.stage)


@dataclass(frozen=True, slots=True)
class SubwordRecipe:
    """Settings of a training that puts sub-words beside a finished encoder, which stays as it is.

    features: most sub-words and pairs kept.   minimum_texts: rarer ones are dropped.
    c: of the support vector machines.   own: how much a row of the taxonomy's own weighs, where those of
        another source weigh 1 on average.   weight: of the margins beside log probabilities.
    threads: machines trained at once.
    """

    corpora: CorpusRows = CorpusRows()
    features: int = 100_000
    minimum_texts: int = 4
    c: float = 0.15
    own: float = 2.0
    weight: float = 1.5
    threads: int = 2


def _goes_on(name: str, stage: Stage) -> None:
    if stage.layers:
        raise InputError(f"{name} goes on with the network there is: its layers must be []")
