"""What a model folder says about its weights (its `config.json`), without torch."""

from dataclasses import asdict, dataclass, field
from typing import Any

from plantseg_gui.core.errors import InputError

FORMAT = 1

# Smallest and largest value that makes sense; what lies outside is damage or malice.
_RANGES: dict[str, tuple[float, float]] = {
    "threshold": (1e-6, 1.0 - 1e-6),
    "temperature": (0.01, 100.0),
    "bias": (-100.0, 100.0),
    "presence_temperature": (0.01, 100.0),
    "presence_bias": (-100.0, 100.0),
    "scorer_threshold": (0.0, 1.0),
}


@dataclass(frozen=True)
class ModelMeta:
    """One model version.

    Attributes:
        name: Folder name of the version, unique on the shelf.
        network: `NetworkConfig` as a plain dict; says how to build the network.
        threshold: Calibrated probability from which a pixel is lesion.
        temperature: Calibrated logit = logit / temperature + bias.
        bias: See temperature.
        presence_temperature: The same for disease presence.
        presence_bias: See presence_temperature.
        scorer_threshold: Tile score from which `adaptive` adds a tile outside the leaf.
        parent: Name of the version it was retrained from; empty for a first one.
        created: ISO 8601 date and time.
        notes: Free text.
        figures: Measured figures by data set, as the model card says.
        training: How it was trained (profile, seconds, photos).
        scope: Of a retrained version: `radius` (see `core.scope`) and `outside`, the description of
            the model whose weights look at photos that are unlike those it learned from; empty =
            it is for every photo.
    """

    name: str
    network: dict[str, Any]
    threshold: float = 0.5
    temperature: float = 1.0
    bias: float = 0.0
    presence_temperature: float = 1.0
    presence_bias: float = 0.0
    scorer_threshold: float = 0.1
    parent: str = ""
    created: str = ""
    notes: str = ""
    figures: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)
    scope: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain dict for `config.json`."""
        return {"format": FORMAT, **asdict(self)}

    @classmethod
    def from_json(cls, data: Any, source: str) -> "ModelMeta":
        """Read `config.json`.

        Args:
            data: The parsed JSON.
            source: The file's path, for the message.

        Raises:
            InputError: wrong shape, wrong type, a number out of range, or a newer format.
        """
        if (
            not isinstance(data, dict)
            or not isinstance(data.get("network"), dict)
            or ("name" not in data)
        ):
            raise InputError(
                f"{source} is not a PlantSeg model description.", "Choose a model folder."
            )
        if data.get("format") != FORMAT:
            raise InputError(
                f"{source} has format {data.get('format')!r}; this program reads format {FORMAT}.",
                "Update the program or choose another model.",
            )
        known = {k: data[k] for k in cls.__dataclass_fields__ if k in data}
        for key, value in known.items():
            expected = cls.__dataclass_fields__[key].type
            wanted: tuple[type, ...] = {"str": (str,), "float": (int, float)}.get(
                str(getattr(expected, "__name__", expected)), (dict,)
            )
            if not isinstance(value, wanted) or isinstance(value, bool):
                raise InputError(
                    f"{source}: '{key}' is {type(value).__name__}, which is not allowed here.",
                    "The model folder is damaged: copy it again or choose another model.",
                )
        for key, (low, high) in _RANGES.items():
            # Written so that not-a-number fails too.
            if key in known and not low <= known[key] <= high:
                raise InputError(
                    f"{source}: '{key}' is {known[key]!r}; allowed: {low:g} to {high:g}.",
                    "The model folder is damaged: copy it again or choose another model.",
                )
        return cls(**known)
