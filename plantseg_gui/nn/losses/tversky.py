"""Focal Tversky loss (Abraham and Khan 2019, arXiv 1810.07842), per tile."""

from torch import Tensor


def focal_tversky(
    probability: Tensor,
    mask: Tensor,
    valid: Tensor,
    *,
    w_fn: float = 0.7,
    w_fp: float = 0.3,
    gamma: float = 1.2,
    smooth_share: float = 0.01,
) -> Tensor:
    """(1 − TI)^γ with TI = TP / (TP + w_fn·FN + w_fp·FP), mean over tiles.

    Args:
        probability: [B, 1, H, W] float32.
        mask: [B, 1, H, W] float32.
        valid: [B, 1, H, W] float32, 0 = left out.
        w_fn: Weight of missed lesion.
        w_fp: Weight of false alarm.
        gamma: Focus.
        smooth_share: ε as a share of the tile's pixels, in numerator and denominator. 1 % lets a
            healthy tile punish false alarms; 1e-6 / pixels is the source's, which does not.
    """
    epsilon = smooth_share * mask[0].numel()
    true_positive = (probability * mask * valid).sum((1, 2, 3))
    missed = ((1 - probability) * mask * valid).sum((1, 2, 3))
    false_alarm = (probability * (1 - mask) * valid).sum((1, 2, 3))
    index = (true_positive + epsilon) / (
        true_positive + w_fn * missed + w_fp * false_alarm + epsilon
    )
    # The power's slope at 0 is finite only from above 0: rounding may give −1e-8.
    return (1 - index).clamp_min(1e-7).pow(gamma).mean()
