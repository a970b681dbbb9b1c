"""The working scale: how many network pixels a photo's long side becomes (specification 2.2)."""

NETWORK_TILE_PX = 256
LONG_SIDE_CAP_PX = 1024
# The factors that a project may choose: normal, and tiny lesions (four times the tiles).
SCALE_FACTORS = (1, 2)


def network_size(
    height: int, width: int, *, factor: float = 1.0, cap: int = LONG_SIDE_CAP_PX
) -> tuple[int, int]:
    """Size (height, width) in network px of a photo of height × width px.

    The long side becomes N = min(cap, 2·L)·factor: 2048 → 1024, 416 → 832, 256 → 512.

    Args:
        height: photo px.
        width: photo px.
        factor: 1 by default, 2 for tiny lesions.
        cap: 1024; the 512→512 generations use 2048.
    """
    long_side = max(height, width)
    target = min(cap, 2 * long_side) * factor
    ratio = target / long_side
    return max(1, round(height * ratio)), max(1, round(width * ratio))
