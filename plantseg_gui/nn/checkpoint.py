"""Checkpoints: safetensors for the weights, JSON for the rest, never pickle.

This file turns a network into bytes and a folder back into a network; `storage.atomic` writes.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load, save
from torch import Tensor, nn

from plantseg_gui.core.errors import InputError
from plantseg_gui.core.model_meta import ModelMeta
from plantseg_gui.core.scope import MOST_ANCHORS, MOST_MEANS, Known, Scope
from plantseg_gui.nn.config import NetworkConfig
from plantseg_gui.nn.network import PlantSegNet, build_network

WEIGHTS_FILE = "weights.safetensors"
# Of a version with a scope: the weights for other photos, and the scope's arrays.
OUTSIDE_FILE = "outside.safetensors"
# Of a model that was trained from many photos, see core.scope.
KNOWN_FILE = "known.safetensors"
CONFIG_FILE = "config.json"
MAX_WEIGHTS_BYTES = 1 << 30
MAX_CONFIG_BYTES = 4 << 20
_ANCHORS, _CENTRE, _MEANS = "scope/anchors", "scope/centre", "scope/known"
_Shapes = dict[str, tuple[int, ...]]
_CHOOSE = "Copy the model folder again or choose another model."


@dataclass
class LoadedModel:
    """A network in eval mode and what its folder says about it.

    Attributes:
        network: The weights.
        meta: The description.
        scope: Which photos it is for; None = all.
        outside: The model for other photos; there exactly when `scope` is.
        known: What it knew from its training; None where that is not on record.
    """

    network: PlantSegNet
    meta: ModelMeta
    scope: Scope | None = None
    outside: "LoadedModel | None" = None
    known: Known | None = None


def _normalisation_keys(network: nn.Module) -> set[str]:
    """State keys of BatchNorm and LayerNorm, which stay float32."""
    keys: set[str] = set()
    for name, module in network.named_modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm | nn.LayerNorm):
            keys |= {f"{name}.{key}" for key in module.state_dict()}
    return keys


def model_files(
    network: PlantSegNet,
    meta: ModelMeta,
    *,
    half: bool = True,
    scope: Scope | None = None,
    outside: LoadedModel | None = None,
) -> dict[str, bytes]:
    """File names and contents of a model folder.

    Args:
        network: The weights.
        meta: Its `network` entry is replaced by the network's own configuration.
        half: Store convolution and linear weights as float16 (normalisation stays float32).
        scope: Which photos it is for; with `outside`.
        outside: The model for other photos.

    Raises:
        InputError: a weight is not finite; such a network is not worth keeping.
    """
    files: dict[str, bytes] = {}
    if scope is not None and outside is not None:
        described = replace(outside.meta, network=outside.network.config.to_dict(), figures={})
        meta = replace(meta, scope={"radius": scope.radius, "outside": described.to_json()})
        arrays = {
            _ANCHORS: torch.from_numpy(scope.anchors).half(),
            _CENTRE: torch.from_numpy(scope.centre),
            _MEANS: torch.from_numpy(scope.known),
        }
        files[OUTSIDE_FILE] = save(_stored(outside.network, half=half) | arrays)
    meta = replace(meta, network=network.config.to_dict())
    text = json.dumps(meta.to_json(), indent=2, ensure_ascii=False)
    return {WEIGHTS_FILE: save(_stored(network, half=half)), **files, CONFIG_FILE: text.encode()}


def _stored(network: PlantSegNet, *, half: bool) -> dict[str, Tensor]:
    """The state as it is written. Raises InputError where a weight is not finite."""
    keep = _normalisation_keys(network)
    state: dict[str, Tensor] = {}
    for key, value in network.state_dict().items():
        if value.is_floating_point() and not bool(torch.isfinite(value).all()):
            raise InputError(f"The network's weight {key} is not finite; it was not saved.")
        shrink = half and value.is_floating_point() and key not in keep
        state[key] = (value.half() if shrink else value).detach().cpu().contiguous()
    return state


def _unreadable(path: Path, error: OSError) -> InputError:
    return InputError(f"{path} cannot be read: {error.strerror or error}.", _CHOOSE)


def _check_size(path: Path, limit: int) -> None:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise _unreadable(path, error) from error
    if size > limit:
        raise InputError(f"{path} has {size} bytes; more than {limit} is not a model.", _CHOOSE)


def _read(path: Path, limit: int) -> bytes:
    _check_size(path, limit)
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error


def read_meta(folder: Path) -> ModelMeta:
    """The description of a model folder.

    Raises:
        InputError: missing, damaged or of a newer format.
    """
    path = folder / CONFIG_FILE
    try:
        data = json.loads(_read(path, MAX_CONFIG_BYTES).decode())
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is damaged: {error}.", _CHOOSE) from error
    return ModelMeta.from_json(data, str(path))


def load_model(folder: Path, device: str = "cpu") -> LoadedModel:
    """Build the network of a model folder and fill it.

    Args:
        folder: Holds weights.safetensors and config.json.
        device: Where the weights go.

    Raises:
        InputError: a file is missing, damaged, hostile, or the weights are of another architecture
            (found out before the network is built).
    """
    meta = read_meta(folder)
    network, _ = _load_network(folder / WEIGHTS_FILE, meta)
    model = LoadedModel(network.to(device), meta, known=_known(folder / KNOWN_FILE))
    if meta.scope:
        path = folder / OUTSIDE_FILE
        other = ModelMeta.from_json(meta.scope.get("outside"), str(folder / CONFIG_FILE))
        if other.scope:
            raise InputError(f"{folder / CONFIG_FILE} holds a scope in a scope.", _CHOOSE)
        network, arrays = _load_network(path, other, {_ANCHORS, _CENTRE, _MEANS})
        model.scope = _scope(meta.scope.get("radius"), arrays, path)
        model.outside = LoadedModel(network.to(device), other)
    return model


def _load_network(
    path: Path, meta: ModelMeta, more: frozenset[str] | set[str] = frozenset()
) -> tuple[PlantSegNet, dict[str, Tensor]]:
    """Build a network and fill it; returns it with the file's tensors of the names `more`."""
    config = NetworkConfig.from_dict(meta.network)
    # Before any memory is taken: a description may name an encoder of gigabytes.
    found = _shapes_in(path)
    _compare(_shapes_of(config), {k: v for k, v in found.items() if k not in more}, path)
    try:
        state = load(_read(path, MAX_WEIGHTS_BYTES))
    except SafetensorError as error:
        raise _damaged(path, error) from error
    network = build_network(config)
    arrays = {k: state.pop(k) for k in more if k in state}
    _fill(network, state, path)
    return network, arrays


def _scope(radius: object, arrays: dict[str, Tensor], path: Path) -> Scope:
    """The scope of a version. Raises InputError when it is none."""
    anchors, centre, known = (
        arrays.get(k, torch.zeros(0)).float().numpy() for k in (_ANCHORS, _CENTRE, _MEANS)
    )
    fits = centre.ndim == 1 and all(
        a.ndim == 2 and a.shape[1:] == centre.shape for a in (anchors, known)
    )
    sensible = isinstance(radius, int | float) and 0 <= radius <= 2
    few = fits and 0 < len(anchors) <= MOST_ANCHORS and len(known) <= MOST_MEANS
    if not sensible or not few or not centre.size:
        raise InputError(f"{path} does not say which photos this version is for.", _CHOOSE)
    if not all(np.isfinite(a).all() for a in (anchors, centre, known)):
        raise InputError(f"{path}: a number is not finite.", _CHOOSE)
    return Scope(anchors, centre, float(radius), known)  # type: ignore[arg-type]


def known_file(known: Known) -> bytes:
    """Content of `KNOWN_FILE`."""
    return save(
        {_CENTRE: torch.from_numpy(known.centre), _MEANS: torch.from_numpy(known.means).half()}
    )


def _known(path: Path) -> Known | None:
    """What a model knew; None where that is not on record. Raises InputError when damaged."""
    if not path.exists():
        return None
    try:
        arrays = load(_read(path, MAX_CONFIG_BYTES))
    except SafetensorError as error:
        raise _damaged(path, error) from error
    centre, means = (arrays.get(k, torch.zeros(0)).float().numpy() for k in (_CENTRE, _MEANS))
    fits = centre.ndim == 1 and means.ndim == 2 and means.shape[1:] == centre.shape
    if not fits or len(means) > MOST_MEANS or not np.isfinite(means).all():
        raise InputError(f"{path} does not say what the model knew.", _CHOOSE)
    return Known(centre, means)


def _damaged(path: Path, error: SafetensorError) -> InputError:
    return InputError(f"{path} is damaged or not safetensors: {error}.", _CHOOSE)


def _shapes_of(config: NetworkConfig) -> _Shapes:
    """Shapes of the network that a configuration describes; its weights take no memory."""
    with torch.device("meta"):
        network = build_network(config)
    return {key: tuple(value.shape) for key, value in network.state_dict().items()}


def _shapes_in(path: Path) -> _Shapes:
    """Shapes that a weights file announces; reads its header alone."""
    _check_size(path, MAX_WEIGHTS_BYTES)
    try:
        with safe_open(path, framework="pt") as file:
            return {key: tuple(file.get_slice(key).get_shape()) for key in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise _damaged(path, error) from error
    except OSError as error:
        raise _unreadable(path, error) from error


def _compare(own: _Shapes, found: _Shapes, path: Path) -> None:
    """Refuse weights that are not exactly the network's."""
    missing = sorted(set(own) - set(found))
    extra = sorted(set(found) - set(own))
    wrong = [k for k in own if k in found and own[k] != found[k]]
    if missing or extra or wrong:
        first = (missing + extra + wrong)[0]
        raise InputError(
            f"{path} belongs to another architecture than its config.json says: "
            f"{len(missing)} weights missing, {len(extra)} unknown, {len(wrong)} of another shape "
            f"(first: {first}).",
            _CHOOSE,
        )


def _fill(network: PlantSegNet, state: dict[str, Tensor], path: Path) -> None:
    with torch.no_grad():
        for key, value in network.state_dict().items():
            if value.is_floating_point() and not bool(torch.isfinite(state[key].float()).all()):
                raise InputError(f"{path}: the weight {key} is not finite.", _CHOOSE)
            value.copy_(state[key])
