"""Writes the shipped model's card and figures from what was measured; nothing is typed by hand.

python benchmarks/model_card.py --model models/NAME --val val.json --newdomain newdomain.json
    [--demo demo.json] [--baseline baseline.json] [--adaptive adaptive.json]
    --recipe benchmarks/NAME.md

val.json and newdomain.json come from `plantseg evaluate --index …`, the others are the last lines
of the benchmarks of those names; the recipe tells in words how the model was trained,
from which data, and what it is bad at.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import _report  # noqa: F401 - makes the checkout importable

from plantseg_gui.storage.atomic import write_bytes, write_json

TARGETS = {"coffee": 0.87, "field": 0.75, "field_small": 0.80, "rice": 0.65}
COLUMNS = ("dice_pooled", "dice_mean", "precision", "recall", "iou", "accuracy")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--recipe", type=Path, required=True)
    for name in ("val", "newdomain"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    for name in ("demo", "baseline", "adaptive"):
        parser.add_argument(f"--{name}", type=Path)
    arguments = parser.parse_args()
    config_path = arguments.model / "config.json"
    config = json.loads(config_path.read_text(encoding="utf-8"))
    val, new = read(arguments.val), read(arguments.newdomain)
    extra = {n: read(getattr(arguments, n)) for n in ("demo", "baseline", "adaptive")}
    figures = {"val": short(val), "newdomain": short(new)}
    if extra["demo"]:
        figures["demo_dice_pooled"] = extra["demo"]["dice_pooled"]
    config["figures"] = {**config["figures"], **figures}
    write_json(config_path, config)
    recipe = arguments.recipe.read_text(encoding="utf-8")
    text = card(config, recipe, val, new, extra)
    write_bytes(arguments.model / "card.md", text.encode())


def read(path: Path | None) -> dict[str, Any]:
    """A JSON file, or the last line of a benchmark's output."""
    if path is None:
        return {}
    text = path.read_text(encoding="utf-8").strip()
    found: dict[str, Any] = json.loads(text if text.endswith("\n}") else text.splitlines()[-1])
    return found


def short(evaluation: dict[str, Any]) -> dict[str, Any]:
    """The figures of each source without the photos' own rows."""
    keep = (*COLUMNS, "accuracy_all_healthy", "n", "severity")
    return {s: {k: f[k] for k in keep} for s, f in evaluation["sources"].items()}


def card(
    config: dict[str, Any],
    recipe: str,
    val: dict[str, Any],
    new: dict[str, Any],
    extra: dict[str, dict[str, Any]],
) -> str:
    """The whole card as Markdown."""
    parts = [
        f"# {config['name']}",
        "Finds diseased pixels on photos of plant leaves. "
        f"Generation {config['network']['generation']}, encoder {config['network']['encoder']}, "
        f"FPN {config['network']['fpn_channels']}, one class (lesion). "
        f"A pixel counts as lesion from a calibrated probability of {config['threshold']:.2f}; "
        f"temperature {config['temperature']:.2f}, bias {config['bias']:.2f}, fitted on `dev`.",
        "## How good it is",
        "Whole photos of `val`, never used for training or choosing; mode `adaptive`; pixels "
        "pooled by source; 95 % bootstrap intervals over photos.",
        table(val, TARGETS),
        "Accuracy says little where most pixels are healthy: *all healthy* is what a model that "
        "never finds anything would get.",
        *missed(val),
        severity(val),
        "## New crops",
        "Two sources that it has never seen (`newdomain_*`), only measured:",
        table(new, {}),
        *others(extra),
        recipe.strip(),
    ]
    return "\n\n".join(parts) + "\n"


def table(evaluation: dict[str, Any], targets: dict[str, float]) -> str:
    """One row by source."""
    head = ["source", "n", "Dice", "precision", "recall", "IoU", "accuracy", "all healthy"]
    rows = [head + (["target"] if targets else [])]
    rows.append(["---"] * len(rows[0]))
    for source, figures in evaluation["sources"].items():
        names = ("dice_pooled", "precision", "recall", "iou", "accuracy")
        row = [source, str(figures["n"]), *(with_interval(figures, name) for name in names)]
        row.append(f"{figures['accuracy_all_healthy']:.3f}")
        rows.append(row + ([f"{targets.get(source, 0):.2f}"] if targets else []))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def with_interval(figures: dict[str, Any], name: str) -> str:
    """For instance `0.871 (0.812 to 0.903)`."""
    low, high = figures["intervals"][name]
    spread = "" if low is None else f" ({low:.3f} to {high:.3f})"
    return f"{figures[name]:.3f}{spread}"


def missed(val: dict[str, Any]) -> list[str]:
    """A sentence on the targets that were not reached."""
    below = [
        f"{source} {figures['dice_pooled']:.3f} of {TARGETS[source]:.2f}"
        for source, figures in val["sources"].items()
        if source in TARGETS and figures["dice_pooled"] < TARGETS[source]
    ]
    if not below:
        return ["Every Dice target was reached."]
    return [f"**Targets not reached** (pooled Dice): {', '.join(below)}."]


def severity(val: dict[str, Any]) -> str:
    """The error of the severity where the leaf was drawn by people."""
    found = val["sources"].get("coffee", {}).get("severity", {})
    if found.get("mean_abs_error") is None:
        return "Severity was not measured: no drawn leaf areas."
    return (
        f"Severity on coffee ({found['n']} photos with a drawn leaf area): mean absolute error "
        f"{found['mean_abs_error']:.2f} percentage points, 95th percentile "
        f"{found['p95_abs_error']:.2f}, bias {found['bias']:+.2f}."
    )


def others(extra: dict[str, dict[str, Any]]) -> list[str]:
    """What further benchmarks measured."""
    found = []
    if extra["demo"]:
        found.append(f"Drawn demo leaves (12): pooled Dice {extra['demo']['dice_pooled']:.3f}.")
    if extra["adaptive"]:
        points = extra["adaptive"]["severity_difference_points_p95"]
        found.append(
            f"`adaptive` against `full` on {extra['adaptive']['photos']} photos of `val`: severity "
            "differs by "
            f"{points:.2f} points at the 95th percentile."
        )
    if extra["baseline"]:
        dice = extra["baseline"]["dice"]
        text = ", ".join(f"{source} {value:.2f}" for source, value in dice.items())
        found.append(f"A colour-index threshold fitted on `train` gets Dice {text} on `val`.")
    return found


if __name__ == "__main__":
    main()
