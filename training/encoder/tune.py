"""A finished model taken further on a user's own labels, which may have aspects of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from functools import partial
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from models.encoder import TOKENIZER
from models.network import Network
from models.torch import load_network
from training.encoder.batches import batches, drawn_rows, groups, in_turn
from training.encoder.branch import learned_branch
from training.encoder.calibrate import EVEN, calibrate
from training.encoder.fit import averaged, fastest, fit, once
from training.encoder.objective import Objective
from training.encoder.recipe import TuneRecipe
from training.encoder.rows import Rows, encoded, gathered, held_out_rows
from training.encoder.start import continued, read_encoder
from training.encoder.states import States, read_states
from training.encoder.subwords import kept_subwords
from training.encoder.teaching import labelled_by
from training.encoder.train import Trained, finished
from vocnlp.batch.labelled import Example
from vocnlp.tagging.verdict import RiskWeights

__all__ = ["tune"]

_SHARES = (0.25, 0.5, 0.75, 1.0)
"""Of the way to what was learned."""


def tune(
    labelled: Sequence[Example],
    *,
    start: Path,
    aspects: Sequence[str],
    recipe: TuneRecipe,
    work: Path,
    corpora: Path | None = None,
    sources: Sequence[str] = (),
    without: frozenset[str] = frozenset(),
    report: Callable[[str], None] = print,
) -> Trained:
    """Train the encoder in the directory `start` further; see `train_encoder` for the rest.

    aspects: those that the new model knows; one that `start` knows begins with what it learned, and keeps it
    if no comment is labelled with it.
    Raises ModelFileError if `start` holds no encoder.
    """
    if recipe.threads:
        torch.set_num_threads(recipe.threads)
    manifest = read_encoder(start)
    tokenizer = Tokenizer.from_file(str(start / TOKENIZER))
    risks = manifest.settings["risks"]
    found = gathered(labelled, corpora, sources, limits=recipe.corpora, held=recipe.held, without=without)
    rows = encoded(found, tokenizer, aspects=aspects, risks=risks, window=recipe.window)
    report(f"{len(found):,} comments, {rows.held.sum():,} of them held for thresholds")
    if "ngrams" in manifest.settings:
        report(f"the n-grams of {manifest.name} are not taken over")
    begun = continued(load_network(start, manifest), manifest.aspects, aspects, rows)
    soft = None
    if corpora and recipe.soft.count:
        soft = labelled_by([begun], rows, found, recipe.soft, path=work / "soft.npz", seed=recipe.seeds[0])
        report(f"{len(soft.places):,} comments labelled by {manifest.name}")
    asked = rows.asked
    drawn = partial(batches, rows, groups(rows, soft), recipe.stage)
    kept = work / "states.bin"
    states: States | None = None
    if not recipe.stage.rate:
        places = np.concatenate([drawn_rows(drawn(seed), recipe.stage.texts) for seed in recipe.seeds])
        states = read_states(deepcopy(begun).to(*fastest()).eval(), rows, np.unique(places), kept)
        report("the encoder stays as it is, and has read once what is learned from")
    objective = Objective(
        rows, soft, asked=asked, states=states, layer_dropout=recipe.stage.dropout, device=fastest()[0]
    )

    def trained(network: Network, seed: int) -> Network:
        torch.manual_seed(seed)
        checkpoint = work / f"tune{seed}.pt"
        return fit(network, objective, drawn(seed), recipe.stage, checkpoint=checkpoint, report=report)

    network = averaged(
        [
            once(work / f"tune{seed}.safetensors", deepcopy(begun), partial(trained, seed=seed))
            for seed in recipe.seeds
        ]
    )
    kept.unlink(missing_ok=True)
    if recipe.stage.rate and rows.held.sum() >= recipe.least_held:
        share, network = _between(begun, network, Objective(rows, asked=asked, device=fastest()[0]), rows)
        report(f"{share:.0%} of the way from {manifest.name} to what it learned suits the comments held best")
    before = manifest.settings["thresholds"]
    thresholds = {aspect: before.get(aspect, EVEN) for aspect in aspects}
    if rows.held.sum() >= recipe.least_held:
        threshold = calibrate(network, rows, asked=asked)
        own = [aspects[place] for place in np.flatnonzero(asked[: len(aspects)]).tolist()]
        thresholds |= dict.fromkeys(own, threshold)
    branch = subwords = None
    if recipe.ngrams:
        learned = recipe.stage.rate > 0
        branch = learned_branch(network, rows, found, least=recipe.least_held, proven=learned)
    if branch:
        judged = [aspects[place] for place in branch.settings.get("aspects", ())]
        thresholds |= dict.fromkeys(judged, branch.threshold)
        report(f"n-grams of the comments have a say in {', '.join([*branch.felt, *judged])}")
    if "subwords" in manifest.settings and not (branch and branch.felt):
        subwords = kept_subwords(start, manifest, network, rows, least=recipe.least_held, report=report)
    return finished(
        network,
        tokenizer,
        thresholds=thresholds,
        rows=rows,
        found=found,
        held_out=held_out_rows(labelled),
        risks=risks,
        window=recipe.window,
        otherwise=RiskWeights(**manifest.settings["risk_weights"]),
        subwords=subwords,
        branch=branch,
    )


def _between(begun: Network, tuned: Network, objective: Objective, rows: Rows) -> tuple[float, Network]:
    """How far to go from the weights of one network to those of another, and the network there.

    Where the labels held are likeliest (robust fine-tuning: Wortsman et al. 2022, arXiv:2109.01903).
    """
    held = np.flatnonzero(rows.held)
    device, kind = fastest()

    def there(share: float) -> Network:
        first, last = begun.state_dict(), tuned.state_dict()
        network = deepcopy(tuned)
        network.load_state_dict({name: first[name].lerp(last[name], share) for name in last})
        return network

    def loss(share: float) -> float:
        network = there(share).to(device, kind).eval()
        with torch.inference_mode():
            parts = [
                float(objective(network, some)) * len(some)
                for some, _ in in_turn(rows, held, torch.device(device))
            ]
        return sum(parts)

    share = min(_SHARES, key=loss)
    return share, there(share).eval()
