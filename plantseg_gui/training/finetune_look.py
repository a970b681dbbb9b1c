"""Looking at the photos while a retraining runs: Dice, preview, and the best moment so far."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from plantseg_gui.nn.network import PlantSegNet
from plantseg_gui.storage.images import write_png
from plantseg_gui.training.finetune_prepare import LookedPhoto, Prepared
from plantseg_gui.training.finetune_state import FinetuneState
from plantseg_gui.training.gate import photo_dice
from plantseg_gui.training.photo_maps import Floats, lesion_probability
from plantseg_gui.training.preview import preview_picture
from plantseg_gui.training.protocol import Epoch, Preview
from plantseg_gui.training.run_env import RunEnv
from plantseg_gui.training.run_store import RunStore

# An earlier moment is taken instead of the last one only if it was clearly better.
CLEARLY_BETTER = 0.01
MOST_TILES = 64
_BEST = "best/"


class Looks:
    """Measures a network on the held-out photos, and keeps the best weights.

    Args:
        prepared: Photos and base model.
        state: Told of the best moment.
        store: Takes previews and figures.
        env: Takes events.
        mix: Makes what would be kept of a trained network.
    """

    def __init__(
        self,
        prepared: Prepared,
        state: FinetuneState,
        store: RunStore,
        env: RunEnv,
        mix: Callable[[PlantSegNet], PlantSegNet],
    ) -> None:
        self._prepared = prepared
        self._state = state
        self._store = store
        self._env = env
        self._mix = mix
        self.watched = watched_photos(prepared.held_out)
        self._shown = shown_photos(prepared.held_out, prepared.training)
        self._best: dict[str, Tensor] = {}

    def look(self, trained: PlantSegNet, done: int) -> None:
        """Draw the previews and measure the held-out photos.

        Args:
            trained: The learner's average; the base model's when `done` is 0.
            done: Finished updates.
        """
        network = self._mix(trained) if done else trained
        found = {}
        watched = {p.photo_id for p in self.watched}
        for photo in {p.photo_id: p for p in (*self._shown, *self.watched)}.values():
            dice = self._look_at(network, photo, done)
            if photo.photo_id in watched:
                found[photo.photo_id] = dice
        if not self.watched:
            return
        mean = sum(found.values()) / len(found)
        # The base model is no moment of this training, however good it is.
        better = done > 0 and mean > self._state.best_dice
        if better:
            self._state.best_dice, self._state.best_update = mean, done
            self._best = {
                _BEST + k: v.detach().cpu().clone()
                for k, v in trained.state_dict().items()
                if trained.learned_late or not k.startswith("encoder.")
            }
        self._env.emit(Epoch(done, self._state.plan.total, found, mean, better))
        self._store.add_metrics({"update": max(0, done - 1), "held_out_dice": round(mean, 5)})

    def dice(self, network: PlantSegNet, photo: LookedPhoto) -> float:
        """Dice of one photo at the base model's threshold."""
        assert photo.tiles is not None
        return photo_dice(self.probability(network, photo) >= self._threshold, photo.tiles)

    def settle(self, trained: PlantSegNet) -> int:
        """Give the network the best weights so far; returns after how many updates they were."""
        if self._best and self.watched:
            kept = self._mix(trained)
            now = sum(self.dice(kept, p) for p in self.watched) / len(self.watched)
            if self._state.best_dice > now + CLEARLY_BETTER:
                own = trained.state_dict()
                # A moment before the encoder learned: its encoder is the base model's.
                best = {k: v for k, v in self._base_state().items() if k.startswith("encoder.")}
                best |= {k.removeprefix(_BEST): v for k, v in self._best.items()}
                with torch.no_grad():
                    for key, value in best.items():
                        own[key].copy_(value)
                return self._state.best_update
        return self._state.update

    def forget(self) -> None:
        """The training begins again."""
        self._best = {}

    def tensors(self) -> dict[str, Tensor]:
        """The best weights, for the checkpoint."""
        return self._best

    def load(self, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
        """Take the best weights out of a checkpoint's tensors and give the others back."""
        self._best = {k: v for k, v in tensors.items() if k.startswith(_BEST)}
        return {k: v for k, v in tensors.items() if not k.startswith(_BEST)}

    def _base_state(self) -> dict[str, Tensor]:
        return self._prepared.base.network.state_dict()

    @property
    def _threshold(self) -> float:
        return self._prepared.base.meta.threshold

    def probability(self, network: PlantSegNet, photo: LookedPhoto) -> Floats:
        """Lesion probability [h, w] of a photo inside the scope."""
        assert photo.tiles is not None
        prepared = self._prepared
        return lesion_probability(network, photo.tiles, prepared.precision, prepared.base.meta)

    def _look_at(self, network: PlantSegNet, photo: LookedPhoto, done: int) -> float:
        """Dice of a photo; those that are shown are drawn, too."""
        assert photo.tiles is not None
        tiles = photo.tiles
        mask = self.probability(network, photo) >= self._threshold
        dice = photo_dice(mask, tiles)
        shown = [p.photo_id for p in self._shown]
        if photo.photo_id in shown:
            place = shown.index(photo.photo_id)
            path = self._store.dir / f"preview-{place}-{done:05d}.png"
            picture = preview_picture(tiles, mask)
            self._env.attempt("The picture", lambda: write_png(path, picture))
            held_out = photo.photo_id in {p.photo_id for p in self._prepared.held_out}
            self._env.emit(
                Preview(done, str(path), photo.photo_id, held_out, round(dice, 4), place)
            )
        return dice


def shown_photos(
    held_out: Sequence[LookedPhoto], training: Sequence[LookedPhoto]
) -> list[LookedPhoto]:
    """The photos of the previews, two at most.

    Photos that are not trained on come first, those with lesions before others. Of several, one is
    taken that the base model segments badly and one that it segments well: neither the very worst
    nor the very best, which are often odd.
    """
    shown: list[LookedPhoto] = []
    for pool in (held_out, training):
        for sick in (True, False):
            wanted = 2 - len(shown)
            fitting = [p for p in pool if p.tiles and p.labelled.photo.diseased == sick]
            fitting.sort(key=lambda p: p.base_dice)
            last = len(fitting) - 1
            if wanted == 2 and last > 0:
                shown += [fitting[round(0.2 * last)], fitting[max(1, round(0.8 * last))]]
            elif wanted:
                shown += fitting[last // 2 :][:1]
    return shown[:2]


def watched_photos(held_out: Sequence[LookedPhoto]) -> list[LookedPhoto]:
    """The held-out photos that are looked at during the run: 64 tiles of them at most."""
    watched: list[LookedPhoto] = []
    tiles = 0
    for photo in held_out:
        if photo.tiles is None or (watched and tiles + len(photo.tiles.places) > MOST_TILES):
            continue
        watched.append(photo)
        tiles += len(photo.tiles.places)
    return watched
