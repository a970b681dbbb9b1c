"""A detour around slow CPU kernels: backward passes of some depthwise convolutions in bf16.

Measured with one thread of an AVX-512-bf16 CPU, torch 2.15, batch 8, channels-last, backward pass:
288 channels at 32²: 39 ms in bf16, 15 ms in fp32; 720 at 16²: 27 and 9 ms; 1248 at 8²: 33 and 6 ms.
Strided ones gain likewise. 3×3 depthwise convolutions of stride 1 are faster in bf16 and stay so.
A whole update of Lite2 takes 1.49 s instead of 1.77 s.
"""

import torch
from torch import Tensor, nn

_SLOW_KERNEL = 5


class _Fp32WhenLearning(nn.Conv2d):
    """Put before a convolution class: fp32 inside an autocast region, where gradients flow."""

    def forward(self, x: Tensor) -> Tensor:
        """As the convolution's own, in the input's dtype."""
        if not (torch.is_grad_enabled() and (x.requires_grad or self.weight.requires_grad)):
            return super().forward(x)
        with torch.autocast(x.device.type, enabled=False):
            return super().forward(x.float()).to(x.dtype)


def avoid_slow_kernels(network: nn.Module) -> int:
    """Change the class of the network's slow depthwise convolutions; returns how many.

    A changed class, unlike a changed method, survives `copy.deepcopy` with the right weights, and
    names of parameters stay as they are.
    """
    changed = 0
    for module in network.modules():
        if not isinstance(module, nn.Conv2d) or isinstance(module, _Fp32WhenLearning):
            continue
        depthwise = module.groups == module.in_channels and module.groups > 1
        if depthwise and (module.kernel_size[0] >= _SLOW_KERNEL or module.stride[0] > 1):
            kind = type(module)
            module.__class__ = type(f"Fp32{kind.__name__}", (_Fp32WhenLearning, kind), {})
            changed += 1
    return changed
