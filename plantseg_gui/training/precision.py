"""Which number format the forward pass runs in, and the scaling of the loss that fp16 needs."""

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch

from plantseg_gui.core.errors import InputError, NumericError


def cpu_has_bf16() -> bool:
    """Whether this CPU multiplies bf16 in hardware (AVX-512-bf16 or AMX)."""
    checks = (
        getattr(torch.cpu, "_is_avx512_bf16_supported", None),
        getattr(torch.cpu, "_is_amx_tile_supported", None),
    )
    return any(bool(check()) for check in checks if check is not None)


@dataclass(frozen=True)
class Precision:
    """A number format on a device.

    Attributes:
        device: Where the network runs.
        dtype: float32 means no autocast.
    """

    device: torch.device
    dtype: torch.dtype

    def autocast(self) -> AbstractContextManager[Any]:
        """Context for the forward pass."""
        if self.dtype == torch.float32:
            return nullcontext()
        return torch.autocast(self.device.type, dtype=self.dtype)

    @property
    def label(self) -> str:
        """For instance `cpu bf16`."""
        names = {torch.float32: "fp32", torch.bfloat16: "bf16", torch.float16: "fp16"}
        return f"{self.device.type} {names[self.dtype]}"


def choose_precision(device: torch.device, wanted: str = "auto") -> Precision:
    """The format for training on `device`.

    Args:
        device: cpu or cuda.
        wanted: auto, fp32, bf16 or fp16.

    Raises:
        InputError: an unknown name, or fp16 on the CPU.
    """
    names = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
    if wanted != "auto":
        if wanted not in names or (wanted == "fp16" and device.type == "cpu"):
            raise InputError(f"Precision '{wanted}' cannot be used on {device.type}.", "Use auto.")
        return Precision(device, names[wanted])
    if device.type == "cuda":
        good = torch.cuda.is_bf16_supported(including_emulation=False)
        return Precision(device, torch.bfloat16 if good else torch.float16)
    return Precision(device, torch.bfloat16 if cpu_has_bf16() else torch.float32)


class LossScale:
    """Dynamic loss scale with the guard against results that are not finite.

    With fp16 the scale starts at 2^14, doubles after 500 good updates and halves at each bad one.
    With other formats it stays 1. Either way repeated bad updates stop the run.
    """

    GROW_AFTER = 500
    HIGHEST = 2.0**16

    def __init__(self, dtype: torch.dtype, patience: int = 8) -> None:
        self.value = 2.0**14 if dtype == torch.float16 else 1.0
        self._dynamic = dtype == torch.float16
        self._patience = patience
        self._good = 0
        self._bad_in_a_row = 0
        self.discarded = 0

    def good(self) -> None:
        """An update was made."""
        self._bad_in_a_row = 0
        self._good += 1
        if self._dynamic and self._good % self.GROW_AFTER == 0:
            self.value = min(self.HIGHEST, self.value * 2.0)

    def bad(self) -> None:
        """An update was discarded.

        Raises:
            NumericError: as many in a row as the patience allows.
        """
        self.discarded += 1
        self._good = 0
        self._bad_in_a_row += 1
        if self._dynamic:
            self.value = max(1.0, self.value / 2.0)
        if self._bad_in_a_row >= self._patience:
            raise NumericError(
                f"The loss was not a finite number in {self._bad_in_a_row} updates in a row.",
                "Lower the learning rate (--lr), or use --precision fp32, and start again from "
                "the last checkpoint with --resume.",
            )

    def unscale(self, parameters: Iterable[torch.nn.Parameter]) -> None:
        """Divide all gradients by the scale."""
        if self.value != 1.0:
            grads = [p.grad for p in parameters if p.grad is not None]
            torch._foreach_mul_(grads, 1.0 / self.value)

    def state(self) -> dict[str, float]:
        """For the checkpoint."""
        return {
            "value": self.value,
            "good": self._good,
            "bad": self._bad_in_a_row,
            "discarded": self.discarded,
        }

    def load(self, state: dict[str, float]) -> None:
        """From the checkpoint."""
        self.value = float(state["value"])
        self._good = int(state["good"])
        self._bad_in_a_row = int(state["bad"])
        self.discarded = int(state["discarded"])
