"""One configuration object for the network, saved with each checkpoint (specification 1 and 3)."""

from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any

from plantseg_gui.core.errors import InputError

# The encoder halves a tile five times.
COARSEST_STRIDE = 32
_NORMALISATION_LIMIT = 1e3


class Generation(StrEnum):
    """The four generations of the architecture."""

    INITIAL = "initial"
    SEPTEMBER = "september"
    OCTOBER = "october"
    NOVEMBER = "november"


_PLAIN = (Generation.INITIAL, Generation.SEPTEMBER)


@dataclass(frozen=True)
class NetworkConfig:
    """How to build the network.

    Attributes:
        generation: Which of the four architectures.
        encoder: Any timm model name that supports `features_only`.
        fpn_channels: Width of laterals, FPN and queries; 128 in the plain generations.
        queries: Lesion queries per tile.
        esca_reduction: Channel reduction of the attention's shared MLP.
        tile_px: Side of a tile in network px.
        mean: Input normalisation per channel; None = timm's value for the encoder.
        std: See mean.
    """

    generation: Generation = Generation.NOVEMBER
    encoder: str = "efficientnet_b2"
    fpn_channels: int = 256
    queries: int = 32
    esca_reduction: int = 16
    tile_px: int = 256
    mean: tuple[float, float, float] | None = None
    std: tuple[float, float, float] | None = None

    @property
    def plain(self) -> bool:
        """Initial or September: no norm in the FPN, no attention, plain heads."""
        return self.generation in _PLAIN

    @property
    def transposed_upsampling(self) -> bool:
        """Whether the last upsampling towards the mask is a transposed convolution."""
        return self.generation is Generation.NOVEMBER

    @property
    def iou_aware_matching(self) -> bool:
        """Whether query matching and loss use the boxes' IoU."""
        return self.generation is Generation.NOVEMBER

    def to_dict(self) -> dict[str, Any]:
        """Plain dict for JSON."""
        return {**asdict(self), "generation": str(self.generation)}

    @classmethod
    def for_generation(cls, generation: str, **overrides: Any) -> "NetworkConfig":
        """The source's configuration of one generation.

        Raises:
            InputError: no such generation.
        """
        try:
            which = Generation(generation)
        except ValueError:
            names = ", ".join(Generation)
            raise InputError(
                f"There is no generation {generation!r}.", f"Use one of: {names}."
            ) from None
        width = 128 if which in _PLAIN else 256
        tile = 512 if which is not Generation.NOVEMBER else 256
        return cls(**{"generation": which, "fpn_channels": width, "tile_px": tile, **overrides})

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "NetworkConfig":
        """Read what `to_dict` wrote; refuses values that would build something absurd.

        Raises:
            InputError: unknown key, wrong type or a value out of range.
        """
        known = {f.name for f in fields(cls)}
        unknown = sorted(set(data) - known)
        if unknown:
            raise InputError(f"The network description has unknown entries: {', '.join(unknown)}.")
        values = dict(data)
        try:
            values["generation"] = Generation(values.get("generation", Generation.NOVEMBER))
        except ValueError:
            raise InputError(f"Unknown generation {values['generation']!r}.") from None
        for key, low, high in (
            ("fpn_channels", 16, 1024),
            ("queries", 1, 256),
            ("esca_reduction", 1, 64),
            ("tile_px", 32, 2048),
        ):
            number = values.get(key, getattr(cls, key))
            if not isinstance(number, int) or isinstance(number, bool) or not low <= number <= high:
                raise InputError(
                    f"{key}={number!r} in the network description; allowed: {low} to {high}."
                )
        if values.get("tile_px", cls.tile_px) % COARSEST_STRIDE:
            raise InputError(
                f"tile_px={values['tile_px']} in the network description is no multiple of "
                f"{COARSEST_STRIDE}."
            )
        if not isinstance(values.get("encoder", ""), str):
            raise InputError("The encoder's name in the network description is not text.")
        for key in ("mean", "std"):
            triple = values.get(key)
            if triple is None:
                continue
            least = 1e-3 if key == "std" else -_NORMALISATION_LIMIT
            if not _three_numbers(triple, least, _NORMALISATION_LIMIT):
                raise InputError(
                    f"{key} in the network description must be three numbers from {least:g} to "
                    f"{_NORMALISATION_LIMIT:g}."
                )
            values[key] = tuple(float(v) for v in triple)
        return cls(**values)


def _three_numbers(values: Any, low: float, high: float) -> bool:
    """Whether it is a list of three numbers in the range; not-a-number is none."""
    return (
        isinstance(values, list | tuple)
        and len(values) == 3
        and all(isinstance(v, int | float) and low <= v <= high for v in values)
    )
