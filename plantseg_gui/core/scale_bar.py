"""The length of a scale bar: a round number that fits."""

import math

_STEPS = (1, 2, 5, 10)


def round_length(longest: float) -> float:
    """The largest of 1, 2, 5, 10, 20, 50 … (or 0.5, 0.2 …) that is not above `longest`.

    Raises:
        ValueError: `longest` is not above 0.
    """
    if not longest > 0:
        raise ValueError(f"a scale bar of at most {longest}; it needs a length above 0")
    power = 10.0 ** math.floor(math.log10(longest))
    # 1e-9: a length that is a round number but for its last bits is that number.
    return max(step * power for step in _STEPS if step * power <= longest * (1 + 1e-9))


def scale_bar(longest_px: float, mm_per_px: float | None = None) -> tuple[float, str]:
    """Length of the bar in photo px, and its words.

    Args:
        longest_px: What there is room for, photo px.
        mm_per_px: Size of a photo pixel where it is known: the bar is then a round length in mm
            (µm or cm where that reads better).

    Raises:
        ValueError: a length that is not above 0.
    """
    if mm_per_px is None:
        length = max(1.0, round_length(longest_px))
        return length, f"{length:,.0f} px"
    length_mm = round_length(longest_px * mm_per_px)
    for unit, size_mm in (("cm", 10.0), ("mm", 1.0)):
        if length_mm >= size_mm:
            return length_mm / mm_per_px, f"{length_mm / size_mm:g} {unit}"
    return length_mm / mm_per_px, f"{length_mm * 1000:g} µm"
