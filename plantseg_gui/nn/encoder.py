"""The timm encoder behind one interface: features of strides 4, 8, 16 and 32."""

from pathlib import Path

import timm
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from plantseg_gui.core.errors import InputError
from plantseg_gui.nn.encoder_transfer import grow_state

STRIDES = (4, 8, 16, 32)


class Encoder(nn.Module):
    """Any timm network with features at strides 4, 8, 16, 32.

    Args:
        name: timm model name. Names that would reach the network ("hf-hub:…") are refused.

    Attributes:
        channels: Channels of the four features.
        mean: The encoder's own input normalisation.
        std: Likewise.

    Raises:
        InputError: timm does not know the name, or its strides do not fit.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        if ":" in name or "/" in name or not timm.is_model(name.split(".")[0]):
            raise InputError(
                f"timm {timm.__version__} knows no encoder named {name!r}.",
                "Use a name that timm.list_models() prints.",
            )
        try:
            probe = timm.create_model(name, features_only=True, pretrained=False)
        except (RuntimeError, AttributeError, ValueError, TypeError) as error:
            raise InputError(f"The encoder {name!r} gives no features: {error}.") from error
        reductions = list(probe.feature_info.reduction())
        if any(stride not in reductions for stride in STRIDES):
            raise InputError(
                f"The encoder {name!r} has strides {reductions}; 4, 8, 16 and 32 are needed.",
                "Choose a convolutional encoder such as efficientnet_b2.",
            )
        indices = [reductions.index(stride) for stride in STRIDES]
        self.body = timm.create_model(
            name, features_only=True, pretrained=False, out_indices=indices
        )
        self.channels: list[int] = list(self.body.feature_info.channels())
        defaults = self.body.pretrained_cfg
        mean, std = tuple(defaults["mean"]), tuple(defaults["std"])
        self.mean: tuple[float, float, float] = (float(mean[0]), float(mean[1]), float(mean[2]))
        self.std: tuple[float, float, float] = (float(std[0]), float(std[1]), float(std[2]))

    def forward(self, x: Tensor) -> list[Tensor]:
        """Features of strides 4, 8, 16, 32 for x [B, 3, H, W]."""
        features: list[Tensor] = self.body(x)
        return features

    @property
    def late_blocks(self) -> nn.Sequential | None:
        """The blocks behind the feature of stride 8; None where the encoder is built otherwise."""
        blocks = getattr(self.body, "blocks", None)
        if not isinstance(blocks, nn.Sequential) or len(self._ends) != len(STRIDES):
            return None
        return blocks[self._ends[1] :]

    def late(self, features: list[Tensor]) -> list[Tensor]:
        """The features with those of strides 16 and 32 made anew from that of stride 8.

        Raises:
            ValueError: the encoder has no `late_blocks`.
        """
        blocks = self.late_blocks
        if blocks is None:
            raise ValueError("this encoder cannot be entered in the middle")
        found, x = features[:2], features[1]
        for end, block in enumerate(blocks, start=self._ends[1] + 1):
            x = block(x)
            if end in self._ends:
                found.append(x)
        return found

    @property
    def _ends(self) -> list[int]:
        """After how many blocks timm's EfficientNets give their features."""
        return sorted(getattr(self.body, "_stage_out_idx", {}))


def load_encoder_weights(encoder: Encoder, path: Path, *, grow: bool = False) -> list[str]:
    """Fill the encoder from a safetensors file with timm's keys (classifier left out or ignored).

    Args:
        encoder: Freshly initialised.
        path: The file.
        grow: It belongs to a smaller relative (see `encoder_transfer`).

    Returns:
        The names in the file that the encoder has no use for.

    Raises:
        InputError: the file cannot be read, or lacks a weight of this encoder.
    """
    try:
        state = load_file(str(path))
    except (OSError, SafetensorError) as error:
        raise InputError(f"{path} cannot be read as safetensors: {error}.") from error
    own = encoder.body.state_dict()
    if grow:
        state = grow_state(own, state)
    wrong = [k for k, v in own.items() if k in state and state[k].shape != v.shape]
    missing = [k for k in own if k not in state and not k.endswith("num_batches_tracked")]
    if missing or wrong:
        first = (missing + wrong)[0]
        raise InputError(
            f"{path} does not fit this encoder: {len(missing)} weights missing, "
            f"{len(wrong)} of another shape (first: {first}).",
            "Choose the weights that belong to the encoder.",
        )
    with torch.no_grad():
        for key, value in own.items():
            if key in state:
                value.copy_(state[key].to(value.dtype))
    return sorted(set(state) - set(own))
