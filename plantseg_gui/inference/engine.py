"""The network made ready to run: folded, cast, on its device, with fallbacks below it."""

import copy
import gc
import threading
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch

from plantseg_gui.core.errors import NumericError
from plantseg_gui.core.memory_limits import MemoryLimits
from plantseg_gui.core.results import FloatArray
from plantseg_gui.inference.device import DevicePolicy
from plantseg_gui.inference.faults import Fault, classify
from plantseg_gui.inference.fuse import fused_copy
from plantseg_gui.inference.ladder import Rung, explain, next_rung, rungs_of, safe_rung
from plantseg_gui.inference.memory import MemoryWatch, Shortage
from plantseg_gui.inference.mixed import mixed_copy
from plantseg_gui.inference.outputs import TileOutput, to_tile_outputs
from plantseg_gui.inference.precision import check_tiles, same_masks
from plantseg_gui.nn.checkpoint import LoadedModel
from plantseg_gui.nn.network import PlantSegNet

_VariantKey = tuple[str, torch.dtype, bool]


class TileEngine:
    """Runs tiles through one network; safe to use from several threads.

    The loaded network itself is never changed: it stays the float32 reference, which also answers
    when a faster variant gives something that is not finite.

    Args:
        model: In eval mode.
        policy: The wanted device and number format.
        limits: Of memory; None = those of the environment.

    Attributes:
        start_notes: What had to be changed before the first photo, in sentences.
    """

    def __init__(
        self, model: LoadedModel, policy: DevicePolicy, limits: MemoryLimits | None = None
    ) -> None:
        network = model.network.eval()
        on_cpu = next(network.parameters()).device.type == "cpu"
        self._reference = network if on_cpu else copy.deepcopy(network).cpu()
        self._folded = fused_copy(self._reference)
        self._policy = policy
        self._variants: dict[_VariantKey, PlantSegNet] = {}
        self._lock = threading.Lock()
        self._rungs = rungs_of(policy, policy.dtype)
        self._current = 0
        self._last = len(self._rungs) - 1
        self._memory = MemoryWatch(limits)
        self.start_notes: list[str] = []
        if policy.dtype is not torch.float32 and policy.check:
            self._choose_dtype(model)

    @property
    def tile_px(self) -> int:
        """Side of a tile in network px."""
        return self._reference.config.tile_px

    @property
    def rung(self) -> Rung:
        """How tiles are run at this moment."""
        return self._rungs[self._current]

    @property
    def level(self) -> int:
        """How many steps the ladder has been descended."""
        return self._current

    @property
    def label(self) -> str:
        """Device, number format and threads, for the person."""
        return self.rung.label

    @property
    def safe_mode(self) -> bool:
        """Whether the last rung is reached; see `ladder`."""
        return self.rung.safe

    def under_pressure(self, warn: Callable[[str], None]) -> bool:
        """Whether memory is beyond its limit and a smaller rung may help; safe mode never does.

        Args:
            warn: Told in a sentence, once, when memory gets short.
        """
        shortage = self._memory.shortage(self.rung.device, warn)
        wanted = Shortage.GPU if self.rung.device.type == "cuda" else Shortage.RAM
        return shortage is wanted and not self._rungs[min(self._current + 1, self._last)].safe

    def step_down(self, fault: Fault) -> str:
        """Go to the next safer rung, for this photo and all later ones.

        Call it outside the except block: an exception keeps its frames, and they keep the tensors
        whose memory is wanted back (pytorch #18853).

        Returns:
            A sentence for the person.

        Raises:
            MemoryLimitError, DeviceError: there is no safer rung.
        """
        before = self.rung
        self._current = next_rung(self._rungs, self._current, fault)
        after = self.rung
        with self._lock:
            kept = {k: v for k, v in self._variants.items() if k[0] == after.device.type}
            self._variants = {} if after.safe else kept
            if after.safe:
                self._folded = self._reference
        gc.collect()
        if before.device.type == "cuda" and fault is not Fault.DEVICE:  # a lost card cannot answer
            torch.cuda.empty_cache()
        return explain(before, after, fault)

    def score_map(self, thumbnail: npt.NDArray[np.uint8]) -> FloatArray:
        """The tile scorer's lesion probability [h, w] for a reduced photo [h, w, 3]."""
        with torch.inference_mode():
            x = self._reference.normalise(_to_tensor(thumbnail[None]))
            probability = self._reference.scorer(x).float().sigmoid()
        return np.ascontiguousarray(probability[0, 0].cpu().numpy())

    def forward(
        self, tiles: npt.NDArray[np.uint8], *, all_heads: bool = True, features: bool = False
    ) -> tuple[list[TileOutput], int]:
        """Run one batch on the current rung.

        Args:
            tiles: [n, t, t, 3] RGB, n at most the rung's batch.
            all_heads: Whether affinity and queries are wanted.
            features: Whether the FPN's features are wanted.

        Returns:
            The outputs, and how many of them had to be repeated in float32.

        Raises:
            NumericError: an output is not finite even in float32.
            RuntimeError, MemoryError: see `faults.classify`.
        """
        rung = self.rung
        count = len(tiles)
        if count < rung.batch:
            # One batch size for all: kernels, and with them the last bits, may depend on it.
            tiles = np.concatenate([tiles, np.repeat(tiles[:1], rung.batch - count, axis=0)])
        network = self._network(rung, all_heads)
        outputs = self._run(network, rung, tiles, features)[:count]
        repeated = 0
        for i, output in enumerate(outputs):
            if not output.finite:
                outputs[i] = self._repeat(tiles[i : i + 1], all_heads, features)
                repeated += 1
        return outputs, repeated

    def _run(
        self,
        network: PlantSegNet,
        rung: Rung,
        tiles: npt.NDArray[np.uint8],
        features: bool = False,
    ) -> list[TileOutput]:
        with torch.inference_mode():
            x = self._reference.normalise(_to_tensor(tiles))
            layout = torch.channels_last if self._policy.channels_last else torch.contiguous_format
            x = x.to(rung.device, torch.float32, memory_format=layout)
            return to_tile_outputs(network(x), len(tiles), features=features)

    def _repeat(self, tile: npt.NDArray[np.uint8], all_heads: bool, features: bool) -> TileOutput:
        safe = safe_rung()
        output = self._run(self._network(safe, all_heads), safe, tile, features)[0]
        if not output.finite:
            raise NumericError(
                "The network's output for this photo is not finite, in float32 as well.",
                "Choose another model; this one may be damaged.",
            )
        return output

    def _network(self, rung: Rung, all_heads: bool) -> PlantSegNet:
        if rung.safe:
            return self._reference if all_heads else _without_extra_heads(self._reference)
        return self._variant(rung.device, rung.dtype, all_heads)

    def _variant(self, device: torch.device, dtype: torch.dtype, all_heads: bool) -> PlantSegNet:
        key = (device.type, dtype, all_heads)
        with self._lock:
            if key in self._variants:
                return self._variants[key]
            network = self._variants.get((device.type, dtype, True))
            if network is None:
                network = mixed_copy(self._folded, device, dtype)
            if self._policy.channels_last:
                network = network.to(memory_format=torch.channels_last)
            if not all_heads:
                network = _without_extra_heads(network)
            self._variants[key] = network
            return network

    def _choose_dtype(self, model: LoadedModel) -> None:
        """Keep the wanted number format only where it proves itself, on whatever rung holds."""
        while self.rung.dtype is not torch.float32:
            try:
                proven = self._proven(model)
                fault = None
            except (MemoryError, RuntimeError) as error:
                fault = classify(error)
                if fault is None:
                    raise
            if fault is not None:
                self.start_notes.append(self.step_down(fault))
                continue
            if not proven:
                self._variants.clear()
                self._rungs = rungs_of(self._policy, torch.float32)
            return

    def _proven(self, model: LoadedModel) -> bool:
        """Whether the wanted number format gives float32's masks on tiles drawn for the purpose."""
        rung = self.rung
        safe = safe_rung()
        fast = self._variant(rung.device, rung.dtype, True)
        pairs = []
        for tile in check_tiles(self.tile_px):
            wanted = self._run(self._reference, safe, tile[None])[0].logits
            pairs.append((wanted, self._run(fast, rung, tile[None])[0].logits))
        return same_masks(pairs, model.meta)


def _to_tensor(tiles: npt.NDArray[np.uint8]) -> torch.Tensor:
    """[n, h, w, 3] -> [n, 3, h, w]."""
    return torch.from_numpy(np.array(tiles, np.uint8)).permute(0, 3, 1, 2)


def _without_extra_heads(network: PlantSegNet) -> PlantSegNet:
    """A view of the network that skips affinity and queries; shares all weights."""
    light = copy.copy(network)
    light._modules = {**network._modules, "affinity": None, "query": None}
    return light
