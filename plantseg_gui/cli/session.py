"""What commands that run a model share: its options, loading it, and the output folder."""

import argparse
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from plantseg_gui.cli.terminal import Reporter, plain_os_error
from plantseg_gui.core.errors import InputError
from plantseg_gui.core.results import TileMode
from plantseg_gui.core.scale import SCALE_FACTORS
from plantseg_gui.storage.atomic import storage_error
from plantseg_gui.storage.models import resolve_model

if TYPE_CHECKING:
    from plantseg_gui.inference.predictor import Predictor

DEVICES = ("auto", "cpu", "cuda")


def add_model_options(parser: argparse.ArgumentParser) -> None:
    """Add --model, --mode, --device and --threads."""
    parser.add_argument(
        "--model",
        metavar="NAME|DIR",
        help="a model of 'plantseg models list', or a model folder (default: the default model)",
    )
    add_mode_option(parser)
    add_device_options(parser)


def add_mode_option(parser: argparse.ArgumentParser) -> None:
    """Add --mode."""
    parser.add_argument(
        "--mode",
        choices=[str(mode) for mode in TileMode],
        default=str(TileMode.ADAPTIVE),
        help="which tiles of a photo are looked at (default: %(default)s: all of the leaf)",
    )


def add_scale_option(parser: argparse.ArgumentParser) -> None:
    """Add the working scale."""
    parser.add_argument(
        "--scale",
        type=int,
        choices=SCALE_FACTORS,
        default=1,
        help="2 for tiny lesions: the photo is looked at twice as large, four times slower "
        "(default: %(default)s)",
    )


def add_device_options(parser: argparse.ArgumentParser) -> None:
    """Add --device and --threads."""
    parser.add_argument(
        "--device", choices=DEVICES, default="auto", help="where it runs (default: %(default)s)"
    )
    parser.add_argument(
        "--threads", type=_positive, metavar="N", help="CPU threads (default: all physical cores)"
    )


def add_threshold_option(parser: argparse.ArgumentParser) -> None:
    """Add --threshold."""
    parser.add_argument(
        "--threshold",
        type=float,
        metavar="P",
        help="probability from which a pixel is lesion (default: the model's own)",
    )


def check_threshold(threshold: float | None) -> None:
    """Refuse what is no probability. Raises InputError."""
    if threshold is not None and not 0 < threshold < 1:
        raise InputError(f"--threshold {threshold} is not between 0 and 1.")


def find_model(name: str | None) -> Path:
    """The model folder of `--model`, or of the default model.

    Raises:
        InputError: no such model.
    """
    wanted = name or ""
    if Path(wanted).name in {"", ".."} and wanted:
        wanted = os.path.abspath(wanted)  # "." is a folder without a name
    return resolve_model(wanted)


def open_predictor(args: argparse.Namespace, reporter: Reporter) -> "Predictor":
    """Load the model that the options name; torch is loaded here, not before.

    Raises:
        AppError: no such model, a damaged one, or a device that is not there.
    """
    return load_predictor(find_model(args.model), args, reporter)


def load_predictor(folder: Path, args: argparse.Namespace, reporter: Reporter) -> "Predictor":
    """Load a model from its folder, on the device that the options name.

    Raises:
        AppError: it is damaged, or the device is not there.
    """
    reporter.progress(0, 1, "loading the model")
    from plantseg_gui.inference.device import pick_device, set_thread_policy
    from plantseg_gui.inference.predictor import Predictor
    from plantseg_gui.nn.checkpoint import load_model

    set_thread_policy(args.threads)
    predictor = Predictor(load_model(folder), pick_device(args.device))
    reporter.finish()
    reporter.event("model", folder=str(folder), device=predictor.device_label)
    return predictor


def check_output_folder(folder: Path) -> None:
    """Make the folder and try to write into it, before hours of work that could not be saved.

    Raises:
        StorageError: it cannot be made or written to.
        InputError: it is a file.
    """
    if os.path.exists(folder) and not os.path.isdir(folder):
        raise InputError(f"{folder} is a file, not a folder.", "Choose another --out.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise storage_error(error, folder, "written to") from error


def read_folder(folder: Path, option: str) -> Path:
    """Check that an input folder is there.

    Raises:
        InputError: it is missing, no folder, or cannot be opened.
    """
    if not os.path.isdir(folder):
        raise InputError(f"{option} {folder} is not a folder.", "Check the name.")
    try:
        next(folder.iterdir(), None)
    except OSError as error:
        raise InputError(
            f"{option} {folder} cannot be opened: {plain_os_error(error)}.",
            "Check its permissions.",
        ) from error
    return folder


def _positive(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of threads (1 or more)")
    return number
