"""Puts on record what a trained model knows: means over its training photos (`core.scope`)."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from plantseg_gui.nn.checkpoint import KNOWN_FILE, known_file, load_model
from plantseg_gui.storage.atomic import write_bytes
from plantseg_gui.training.own_scope import known_of


def write_known(folder: Path, thumbs: Mapping[str, Sequence[np.ndarray]]) -> bool:
    """Write the means beside a model's weights.

    Args:
        folder: Of the model.
        thumbs: Source → pictures of its training photos, 256 px long.

    Returns:
        False where too few photos make no mean.

    Raises:
        InputError: the folder holds no usable model.
        StorageError: it could not be written.
    """
    known = known_of(load_model(folder).network, thumbs)
    if known is None:
        return False
    write_bytes(folder / KNOWN_FILE, known_file(known))
    return True
