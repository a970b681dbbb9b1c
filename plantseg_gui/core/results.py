"""What a job hands over: frozen containers of arrays. The maker gives the arrays up."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from plantseg_gui.core.geometry import Rect

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float32]
HalfArray = npt.NDArray[np.float16]
LabelArray = npt.NDArray[np.uint16]
RgbArray = npt.NDArray[np.uint8]


class TileMode(StrEnum):
    """Which tiles of a photo the network sees (specification 2.4)."""

    SINGLE = "single"
    ADAPTIVE = "adaptive"
    FULL = "full"
    GRID24 = "grid24"


@dataclass(frozen=True)
class JobStamp:
    """Which document, at which of its revisions, a job was started for."""

    document_id: str
    revision: int
    job_id: int


@dataclass(frozen=True)
class LeafResult:
    """The leaf area.

    Attributes:
        mask: [H, W] bool in photo px, lesions included; None when no leaf was found.
        reason: Why none was found; empty otherwise.
    """

    mask: BoolArray | None
    reason: str = ""

    @property
    def found(self) -> bool:
        """Whether there is a leaf area to divide by."""
        return self.mask is not None


@dataclass(frozen=True)
class TileUpdate:
    """One processed tile, for the preview.

    Attributes:
        rect: Where, in network px.
        probability: [h, w] float32, unblended, calibrated.
        done: Tiles finished so far.
        total: Tiles planned so far; may grow in adaptive mode.
        network_height: Rows of the whole photo at network scale.
        network_width: Columns of the whole photo at network scale.
    """

    rect: Rect
    probability: FloatArray
    done: int
    total: int
    network_height: int
    network_width: int


@dataclass(frozen=True)
class ScoredTile:
    """One tile of the grid that a run was laid out in.

    Attributes:
        rect: What it shows, photo px; neighbours overlap.
        score: How suspicious the scorer found it, 0 to 1 (specification 2.3).
        processed: Whether the network looked at it.
    """

    rect: Rect
    score: float
    processed: bool


@dataclass(frozen=True)
class QueryBox:
    """A lesion box of the query head, photo px."""

    score: float
    rect: Rect


@dataclass(frozen=True)
class Uncertainty:
    """Second pass: both maps at network scale, [h, w] float32."""

    variance: FloatArray
    energy: FloatArray


@dataclass(frozen=True)
class Descriptor:
    """What a photo's leaf looks like to a network, by which photos are compared.

    Attributes:
        encoder: Names the encoder's weights; vectors of two encoders are not comparable. A model
            and what was retrained from it with a frozen encoder share it.
        vector: [C] float16 of length 1; all 0 where there is nothing to describe.
    """

    encoder: str
    vector: HalfArray


@dataclass(frozen=True)
class Prediction:
    """Everything that one run of the network says about one photo.

    Attributes:
        model: Name of the model version.
        height: Photo px.
        width: Photo px.
        probability: [h, w] float32 at network scale, calibrated lesion probability; 0 where no
            tile was processed.
        attention: two maps (ESCA at stride 8 and 16), [h, w] float32 in [0, 1], network scale
            divided by 8 and by 16.
        affinity: [8, h/4, w/4] float16, probability that a pixel and its neighbour (N, NE, E, SE,
            S, SW, W, NW) belong to the same lesion.
        boxes: Query boxes after non-maximum suppression.
        labels: [H, W] uint16 in photo px, 0 = healthy, n = lesion n.
        leaf: The leaf area that the run used.
        threshold: Probability from which a pixel counts as lesion.
        disease_probability: Maximum over the tiles, calibrated.
        tiles_total: Tiles that `full` would have processed.
        tiles_processed: Tiles that were processed.
        seconds: From request to result, uncertainty excluded.
        mode: Tile mode.
        device: For instance "cpu, bf16, 2 threads".
        uncertainty: None until the second pass has finished.
        warnings: Plain sentences: what had to be changed on the way.
        scale: Network px per design px (specification 2.2): 1, or 2 for tiny lesions.
        model_threshold: The model's own threshold; None in what older versions saved, which used
            no other.
        channels: ESCA's channel weights at stride 8 and 16, mean over the tiles, [C] float32 in
            [0, 1]; empty where the network has none, or an older version made the prediction.
        doubt: How unsure the model is of the leaf, 0 to 1 (`core.doubt`); None where unknown.
        descriptor: What the leaf looks like; None where an older version made the prediction, or
            it was read from a file (the project keeps it elsewhere).
        leaf_covered: Whether tiles were processed over the whole leaf (the whole photo where no
            leaf was found); else lesion numbers are of a part of it only.
        tiles: The grid in raster order with every tile's score; empty where an older version made
            the prediction.
    """

    model: str
    height: int
    width: int
    probability: FloatArray
    attention: tuple[FloatArray, FloatArray]
    affinity: HalfArray
    boxes: tuple[QueryBox, ...]
    labels: LabelArray
    leaf: LeafResult
    threshold: float
    disease_probability: float
    tiles_total: int
    tiles_processed: int
    seconds: float
    mode: TileMode
    device: str
    uncertainty: Uncertainty | None = None
    warnings: tuple[str, ...] = field(default=())
    leaf_covered: bool = True
    scale: float = 1.0
    model_threshold: float | None = None
    channels: tuple[FloatArray, FloatArray] = field(
        default_factory=lambda: (np.zeros(0, np.float32), np.zeros(0, np.float32))
    )
    doubt: float | None = None
    descriptor: Descriptor | None = None
    tiles: tuple[ScoredTile, ...] = ()

    @property
    def own_threshold(self) -> float:
        """The model's own threshold."""
        return self.threshold if self.model_threshold is None else self.model_threshold

    @property
    def cells_px(self) -> tuple[float, float]:
        """Side of a cell of the two attention maps, photo px."""
        step = self.width / self.probability.shape[1]
        first, second = (
            round(self.probability.shape[1] / max(1, a.shape[1])) for a in self.attention
        )
        return first * step, second * step

    def with_uncertainty(self, uncertainty: Uncertainty) -> "Prediction":
        """The same prediction with its second pass."""
        return replace(self, uncertainty=uncertainty)


@dataclass(frozen=True)
class Diagnosis:
    """The numbers for a person; None where a number cannot be given, with the reason.

    Attributes:
        disease_probability: 0 to 1; None without a prediction.
        severity_pct: Lesion area in the leaf / leaf area × 100; None without a leaf.
        leaf_area_px: Photo px.
        lesion_area_px: Photo px.
        lesion_count: Lesions.
        reason: Why a number is None.
    """

    disease_probability: float | None
    severity_pct: float | None
    leaf_area_px: int | None
    lesion_area_px: int
    lesion_count: int
    reason: str = ""
