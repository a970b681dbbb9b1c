"""Speed and memory of one prediction at 2048², from the photo's pixels to the lesion list.

python benchmarks/inference.py --json [--model NAME|DIR] [--data ../shared/data] [--threads 2]

Without --model the default model is measured; without any model, random weights of the shipped
architecture (the time does not depend on the weights, only on how many lesions they find).
"""

import argparse
import gc
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from _report import ROOT, report  # makes the checkout importable

import plantseg_gui.threads_env  # noqa: F401 - before anything that may load torch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", help="name or folder")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--bf16", choices=("check", "on", "off"), default="check")
    parser.add_argument("--json", action="store_true", help="accepted for uniformity")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        report(measure(arguments, Path(scratch)))


def measure(arguments: argparse.Namespace, scratch: Path) -> dict[str, Any]:
    from plantseg_gui.core.results import TileMode
    from plantseg_gui.inference.device import pick_device, set_thread_policy
    from plantseg_gui.inference.predictor import Predictor
    from plantseg_gui.nn.checkpoint import load_model

    set_thread_policy(arguments.threads)
    folder = model_folder(arguments.model, scratch)
    start = time.perf_counter()
    predictor = Predictor(load_model(folder), pick_device("cpu", bf16=arguments.bf16))
    load_s = time.perf_counter() - start
    times: dict[str, list[float]] = {"adaptive": [], "full": [], "first": [], "cpu": []}
    tiles: list[int] = []
    names = photos(arguments.data)
    timed(predictor, read(names[0]), TileMode.ADAPTIVE)  # the first run also fills caches
    for name in names:
        image = read(name)
        cpu = time.process_time()
        whole, first, count = timed(predictor, image, TileMode.ADAPTIVE)
        times["cpu"].append(time.process_time() - cpu)
        times["adaptive"].append(whole)
        times["first"].append(first)
        tiles.append(count)
        times["full"].append(timed(predictor, image, TileMode.FULL)[0])
        gc.collect()
    rss_mb = peak_rss_mb()
    return {
        "benchmark": "inference",
        "model": "random weights" if folder.parent == scratch else folder.name,
        "device": predictor.device_label,
        "photos": len(names),
        "adaptive_s": statistics.median(times["adaptive"]),
        "adaptive_s_max": max(times["adaptive"]),
        "adaptive_cpu_s": statistics.median(times["cpu"]),  # of all cores; other load counts little
        "full_s": statistics.median(times["full"]),
        "first_tile_s": statistics.median(times["first"]),
        "first_tile_s_max": max(times["first"]),
        "rss_mb": rss_mb,
        "tiles": statistics.median(tiles),
        "load_s": load_s,
    }


def timed(predictor: Any, image: np.ndarray, mode: Any) -> tuple[float, float, int]:
    """Seconds to mask, severity and lesion list; seconds to the first tile; tiles processed."""
    from plantseg_gui.core.lesions import measure as measure_lesions
    from plantseg_gui.core.severity import diagnose

    first: list[float] = []
    start = time.perf_counter()
    prediction = predictor.predict(
        image, mode=mode, on_tile=lambda _update: first.append(time.perf_counter() - start)
    )
    diagnose(prediction.labels, prediction.leaf, prediction.disease_probability)
    measure_lesions(prediction.labels, prediction.probability)
    return time.perf_counter() - start, first[0], prediction.tiles_processed


def photos(data: Path) -> list[Path | int]:
    """The eight photos of 2048²; drawn leaves where the shared data is not there."""
    found: list[Path | int] = sorted((data / "large").rglob("cottonwood_2048_*"))
    return found or list(range(1, 9))


def read(name: Path | int) -> np.ndarray:
    if isinstance(name, int):
        from plantseg_gui.core.drawn_leaf import draw_leaf

        return draw_leaf(name, 2048).image
    from plantseg_gui.storage.images import read_photo

    return read_photo(name)


def model_folder(name: str | None, scratch: Path) -> Path:
    """The asked or the default model; random weights when there is no model at all."""
    from plantseg_gui.core.errors import AppError
    from plantseg_gui.storage.models import resolve_model

    try:
        return resolve_model(name or "")
    except AppError:
        if name:
            raise
    import torch

    from plantseg_gui.core.model_meta import ModelMeta
    from plantseg_gui.nn.checkpoint import model_files
    from plantseg_gui.nn.config import NetworkConfig
    from plantseg_gui.nn.network import build_network

    torch.manual_seed(0)
    network = build_network(NetworkConfig(encoder="tf_efficientnet_lite2"))
    meta = ModelMeta(name="random", network=network.config.to_dict())
    folder = scratch / "random"
    folder.mkdir()
    for file, content in model_files(network, meta).items():
        (folder / file).write_bytes(content)
    return folder


def peak_rss_mb() -> float:
    """Largest resident memory of this process so far, in MB (10^6 bytes)."""
    try:
        import resource
        import sys

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6
    except ImportError:
        import psutil

        return psutil.Process().memory_info().peak_wset / 1e6


if __name__ == "__main__":
    main()
