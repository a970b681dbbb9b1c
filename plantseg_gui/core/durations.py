"""A length of time as a person says it."""


def duration(seconds: float) -> str:
    """Say "8 s", "2 min 10 s", "3 min" or "1 h 5 min"; less than nothing is "0 s"."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
