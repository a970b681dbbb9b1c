"""Measuring the judged photos: before, after, by share of the way, and their pictures."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from plantseg_gui.nn.network import PlantSegNet
from plantseg_gui.storage.images import write_png
from plantseg_gui.storage.masks import write_mask
from plantseg_gui.training.finetune import Finetune
from plantseg_gui.training.finetune_prepare import LookedPhoto, Prepared
from plantseg_gui.training.gate import (
    Judgement,
    Scores,
    judged,
    photo_dice,
    photo_severity,
)
from plantseg_gui.training.gate_share import ShareScores, choose_share
from plantseg_gui.training.gate_split import Method
from plantseg_gui.training.photo_maps import Bools


class Gate:
    """Chooses the share of the trained weights and judges what comes of it.

    Args:
        run: Has trained.
        prepared: Photos and base model.
        trained: The network with its best weights, not mixed yet.
    """

    def __init__(self, run: Finetune, prepared: Prepared, trained: PlantSegNet) -> None:
        self._run, self._prepared, self._trained = run, prepared, trained
        self._mixed: dict[float, PlantSegNet] = {}
        self._scores = self._measure_shares()
        self.share = choose_share(self._scores, run.shares)
        self.scope = prepared.scope.made()
        self.network = self.at(self.share)

    def at(self, share: float) -> PlantSegNet:
        """The network `share` of the way."""
        if share not in self._mixed:
            self._mixed[share] = self._run.mixed(self._trained, share)
        return self._mixed[share]

    def judge(self, threshold: float, folder: Path) -> Judgement:
        """Compare before and after on photos that the judged weights have not seen.

        Args:
            threshold: Of the new model.
            folder: Takes the pictures of the judged photos.
        """
        prepared, run = self._prepared, self._run
        before, after = Scores(), Scores()
        severity: dict[str, Scores] = defaultdict(dict)
        pictures: dict[str, dict[str, str]] = {}
        for number, photo in enumerate(self._judged()):
            assert photo.tiles is not None
            key = photo.photo_id
            share = choose_share(self._scores, run.shares, without=key)
            if number < len(prepared.held_out):
                mask = self._mask(self.at(share), photo, threshold)
                after[key] = photo_dice(mask, photo.tiles)
            elif key in run.state.fold_dice.get(str(share), {}):
                mask = run.fold_mask(key, share)
                after[key] = run.state.fold_dice[str(share)][key]
            else:
                continue  # its fold failed, or the run was stopped before it
            before[key] = photo.base_dice
            found = photo_severity(photo.tiles, [photo.tiles.truth, photo.base_mask, mask])
            if found is not None:
                severity[key] = dict(zip(("true", "before", "after"), found, strict=True))
            names = picture_names(number)
            pictures[key] = names

            def write(photo: LookedPhoto = photo, mask: Bools = mask) -> None:
                write_pictures([folder / n for n in pictures[photo.photo_id].values()], photo, mask)

            run.attempt("The pictures of the judged photos", write)
        return judged(
            prepared.split.method,
            before,
            after,
            severity=dict(severity),
            kept_out=[p.photo_id for p in prepared.held_out if p.labelled.keep_out],
            pictures=pictures,
            **self._earlier(threshold),
        )

    def _judged(self) -> Sequence[LookedPhoto]:
        prepared = self._prepared
        folded = [prepared.training[i] for fold in prepared.split.folds for i in fold]
        return [*prepared.held_out, *folded]

    def _earlier(self, threshold: float) -> dict[str, Scores]:
        photos = [p for p in self._prepared.training if p.tiles is not None]
        after = {}
        for photo in photos:
            assert photo.tiles is not None
            mask = self._mask(self.network, photo, threshold)
            after[photo.photo_id] = photo_dice(mask, photo.tiles)
        return {
            "earlier_before": {p.photo_id: p.base_dice for p in photos},
            "earlier_after": after,
        }

    def _measure_shares(self) -> ShareScores:
        run, prepared = self._run, self._prepared
        if prepared.split.method is Method.LEAVE_ONE_OUT:
            return {float(k): v for k, v in run.state.fold_dice.items()}
        if len(run.shares) == 1:
            return {}
        return {
            share: {p.photo_id: run.looks.dice(self.at(share), p) for p in run.looks.watched}
            for share in run.shares
        }

    def _mask(self, network: PlantSegNet, photo: LookedPhoto, threshold: float) -> Bools:
        """What the new version shows, which is the model before outside its scope."""
        if not self.scope.holds(photo.signature):
            return photo.base_mask
        return self._run.looks.probability(network, photo) >= threshold


def picture_names(number: int) -> dict[str, str]:
    """Names of the files of a judged photo, by its number among them."""
    return {kind: f"judged-{number:03d}-{kind}.png" for kind in ("image", "before", "after")}


def write_pictures(paths: Sequence[Path], photo: LookedPhoto, mask: Bools) -> None:
    """Write a judged photo, the base model's mask and the new one, all at network scale.

    Args:
        paths: Three files.
        photo: Has its picture and the base model's mask.
        mask: [h, w] of the new model.

    Raises:
        StorageError: one could not be written.
    """
    assert photo.tiles is not None
    image, before, after = paths
    write_png(image, photo.tiles.image)
    write_mask(before, photo.base_mask)
    write_mask(after, mask)
