"""Puts a run together: data, network, trial, loop. What `plantseg train` calls."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from plantseg_gui.core.cancel import Cancelled, CancelToken, Progress, no_progress
from plantseg_gui.core.errors import DeviceError, InputError
from plantseg_gui.core.model_meta import ModelMeta
from plantseg_gui.nn.checkpoint import CONFIG_FILE, load_model
from plantseg_gui.nn.config import NetworkConfig
from plantseg_gui.nn.encoder import load_encoder_weights
from plantseg_gui.nn.encoder_transfer import measure_norms
from plantseg_gui.nn.network import PlantSegNet, build_network
from plantseg_gui.training.config import TrainConfig
from plantseg_gui.training.dataset import (
    BatchFeed,
    CropSampler,
    Sampling,
)
from plantseg_gui.training.known import write_known
from plantseg_gui.training.learner import Learner
from plantseg_gui.training.loop import METRIC_COLUMNS, TERM_COLUMNS, TrainingRun
from plantseg_gui.training.metrics import DevPhoto, prepare_dev
from plantseg_gui.training.photo_cache import PhotoFiles, TrainPhoto, load_photos
from plantseg_gui.training.precision import choose_precision
from plantseg_gui.training.protocol import Event, Started, Trial, Warning_
from plantseg_gui.training.resume import load_checkpoint
from plantseg_gui.training.run_store import MODEL_FOLDER, RunStore, own_identity
from plantseg_gui.training.splits import dev_choice, split_by_folder, split_by_index
from plantseg_gui.training.trial import choose_dev, first_of_each, measure, updates_that_fit

# Enough crops for the mean and variance of every channel of a grown encoder.
_NORM_BATCHES, _NORM_BATCH = 16, 16
_CARD_TRIAL = 40


@dataclass
class Session:
    """A run that is ready to start.

    Attributes:
        config: Settings; `updates` may still be 0.
        store: The run's folder, to be closed by the owner.
        network: Initialised.
        photos: Training photos.
        dev: Held-out photos.
        meta: Of the resulting model.
        token: Stops the run.
        resuming: Whether the folder holds a checkpoint to go on from.
        grown: Whether the encoder starts from a smaller relative's weights.
    """

    config: TrainConfig
    store: RunStore
    network: PlantSegNet
    photos: list[TrainPhoto]
    dev: list[DevPhoto]
    meta: ModelMeta
    token: CancelToken
    resuming: bool
    grown: bool = False

    def train(self) -> bool:
        """Fix the length, then train; False when it was stopped before the end."""
        config = self.config
        device = torch.device(config.profile)
        precision = choose_precision(device, config.precision)
        network = self.network.to(device)
        sampler = CropSampler(self.photos, sampling_of(config, network.config.tile_px))
        if self.grown:
            crops = (
                sampler.batch(k * _NORM_BATCH, _NORM_BATCH).images for k in range(_NORM_BATCHES)
            )
            measure_norms(network.encoder, (network.normalise(c.to(device)) for c in crops))
        pid, process_started = own_identity()
        label = f"{precision.label}, {torch.get_num_threads()} threads"
        self.store.emit(Started(pid, process_started, str(self.store.dir), label, len(self.photos)))
        count = config.eval_photos
        free_ratio = 0.0
        if not config.updates:
            feed = BatchFeed(sampler, config.workers, processes=device.type == "cuda")
            try:
                # A card's updates are short, and the first ones find batches that lie ready.
                updates = _CARD_TRIAL if device.type == "cuda" else 4
                trial = measure(config, network, precision, feed.get, self.dev, self.token, updates)
            except Cancelled:
                return False
            finally:
                feed.close()
            seconds = config.minutes * 60
            free_ratio = trial.free_s / trial.frozen_s
            chosen = choose_dev(config, self.dev, trial.tile_s, seconds)
            config = config.with_updates(updates_that_fit(config, trial, chosen, seconds))
            count = max([sum(p.source == d.source for p in chosen) for d in chosen], default=count)
            config = replace(config, eval_photos=count)
            self.store.emit(Trial(trial.per_update(config.frozen_share), config.updates, seconds))
        self.store.write_config(config.to_dict())
        learner = Learner(config, network, precision)
        dev = first_of_each(self.dev, count)
        run = TrainingRun(
            config,
            learner,
            sampler,
            dev,
            self.store,
            self.meta,
            self.token,
            free_ratio=free_ratio,
        )
        if self.resuming:
            run.resume()
        finished = run.run()
        if finished:
            self._note_what_it_knows()
        return finished

    def _note_what_it_knows(self) -> None:
        thumbs: dict[str, list[np.ndarray]] = {}
        for photo in self.photos:
            thumbs.setdefault(photo.source, []).append(photo.thumb)
        folder = self.store.dir / MODEL_FOLDER
        if (folder / CONFIG_FILE).exists():
            write_known(folder, thumbs)


def sampling_of(config: TrainConfig, tile_px: int) -> Sampling:
    """How a run of this configuration draws its crops."""
    return Sampling(
        config.seed,
        tile_px,
        config.source_weights,
        config.lesion_share,
        (config.scale_low, config.scale_high),
        config.augment_strength,
    )


def prepare_session(
    config: TrainConfig,
    run_dir: Path,
    *,
    fixed: dict[str, Any],
    resume: bool,
    encoder_weights: Path | None,
    start: Path | None = None,
    grow: bool,
    data: Path | None,
    index: str,
    sources: list[str],
    images: Path | None,
    masks: Path | None,
    name: str,
    on_event: Callable[[Event], None],
    progress: Progress = no_progress,
    token: CancelToken,
) -> Session:
    """Read the data, build the network and open the run's folder.

    Args:
        config: Settings of a new run; a resumed run keeps its own.
        run_dir: Folder of the run.
        fixed: Settings that replace a resumed run's own (threads, updates).
        resume: Go on from the folder's checkpoint.
        encoder_weights: Start of the encoder; None = random.
        start: Model whose network and weights the run starts from; None = a new network.
        grow: They belong to a smaller relative of the encoder.
        data: Folder with an index; or
        index: its name,
        sources: only these of it.
        images: Folder of photos, with
        masks: the folder of their masks.
        name: Of the resulting model; empty = the folder's name.
        on_event: Told of every event.
        progress: Told while photos are read.
        token: Stops the run.

    Raises:
        InputError, DeviceError, StorageError: with what to do.
    """
    checkpoint = load_checkpoint(run_dir) if run_dir.exists() else None
    if checkpoint is not None and not resume:
        raise InputError(
            f"{run_dir} already holds a training run.", "Add --resume, or use another --out."
        )
    if checkpoint is not None:
        config = replace(TrainConfig.from_dict(checkpoint.state["config"]), **fixed)
    if start is not None and encoder_weights is not None:
        raise InputError("A model's weights hold the encoder's.", "Give --start alone.")
    if config.profile == "cuda" and not torch.cuda.is_available():
        raise DeviceError("There is no usable CUDA device.", "Use --profile cpu.")
    if config.threads:
        torch.set_num_threads(config.threads)
    # cv2's own threads would fight with torch's for the cores.
    cv2.setNumThreads(1)
    # Tiles have one size, so measuring the card's convolutions once pays.
    torch.backends.cudnn.benchmark = True
    train, dev, left_out = find_files(data, index, sources, images, masks)
    held_out = list(dev_choice(dev, config.eval_photos))
    names = sorted({f.source for f in held_out})
    columns = [*METRIC_COLUMNS, *TERM_COLUMNS, *(f"dev_dice_{n}" for n in names)]
    store = RunStore(run_dir, columns, on_event)
    try:
        for sentence in left_out:
            store.emit(Warning_(sentence))
        torch.manual_seed(config.seed)
        if start is not None and checkpoint is None:
            network = load_model(start).network
            config = replace(config, network=network.config.to_dict())
        else:
            network = build_network(NetworkConfig.from_dict(config.network))
        if encoder_weights is not None and checkpoint is None:
            load_encoder_weights(network.encoder, encoder_weights, grow=grow)

        def tell_bad(item: PhotoFiles, error: Exception) -> None:
            store.emit(Warning_(f"{item.name} is left out: {error}"))

        def read(files: list[PhotoFiles]) -> list[TrainPhoto]:
            return load_photos(
                files,
                keep=config.scale_high,
                workers=max(2, config.workers),
                progress=progress,
                on_bad=tell_bad,
            )

        photos = read(train)
        tile_px = network.config.tile_px
        dev_photos = [prepare_dev(p, tile_px) for p in (read(held_out) if held_out else [])]
    except BaseException:
        store.close()
        raise
    kept = str(checkpoint.state.get("name", "")) if checkpoint is not None else ""
    meta = ModelMeta(name or kept or run_dir.name, network.config.to_dict())
    resuming = checkpoint is not None
    grown = grow and encoder_weights is not None and not resuming
    return Session(config, store, network, photos, dev_photos, meta, token, resuming, grown)


def find_files(
    data: Path | None, index: str, sources: list[str], images: Path | None, masks: Path | None
) -> tuple[list[PhotoFiles], list[PhotoFiles], list[str]]:
    """(train, dev, a sentence for each file left out) of either kind of data.

    Raises:
        InputError: neither or both kinds were given, or they cannot be read.
    """
    if data is not None and images is None and masks is None:
        return split_by_index(data, index, sources or None)
    if data is None and images is not None and masks is not None:
        return split_by_folder(images, masks)
    raise InputError("The training data are missing.", "Give --data, or --images and --masks.")
