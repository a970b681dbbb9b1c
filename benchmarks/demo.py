"""Does the model find the lesions of the drawn demo leaves? Pooled Dice over the demo's photos.

python benchmarks/demo.py [--model NAME|DIR] [--count 12] [--size 2048]
"""

import argparse
from typing import Any

import numpy as np
from _report import report

import plantseg_gui.threads_env  # noqa: F401 - before anything that may load torch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", help="name or folder")
    parser.add_argument("--count", type=int, default=12)
    parser.add_argument("--size", type=int, default=2048)
    report(measure(parser.parse_args()))


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    from plantseg_gui.core.drawn_leaf import demo_leaves
    from plantseg_gui.evaluation.metrics import count_pixels, image_dice, jsonable, summarise
    from plantseg_gui.inference.predictor import Predictor
    from plantseg_gui.nn.checkpoint import load_model
    from plantseg_gui.storage.models import default_model, resolve_model

    folder = resolve_model(arguments.model or default_model())
    predictor = Predictor(load_model(folder))
    names, counts = [], []
    for name, leaf in demo_leaves(arguments.count, arguments.size):
        found = predictor.predict(leaf.image).labels > 0
        names.append(name)
        counts.append(count_pixels(found, leaf.labels > 0))
    return {
        "benchmark": "demo",
        "model": folder.name,
        **jsonable(summarise(np.stack(counts)), digits=4),
        "dice_by_leaf": dict(zip(names, image_dice(np.stack(counts)).tolist(), strict=True)),
    }


if __name__ == "__main__":
    main()
