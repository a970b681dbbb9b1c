"""`plantseg calibrate`: fit a model's probabilities and thresholds on photos with masks."""

import argparse
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plantseg_gui.cli.session import add_device_options, check_output_folder, find_model
from plantseg_gui.cli.terminal import EXIT_OK, EXIT_SOME_FAILED, Reporter, add_progress_option
from plantseg_gui.core.errors import AppError, InputError
from plantseg_gui.storage.atomic import storage_error, write_json
from plantseg_gui.storage.data_index import INDEX_NAME
from plantseg_gui.storage.images import read_photo
from plantseg_gui.storage.masks import read_mask
from plantseg_gui.storage.models import CARD, CONFIG, WEIGHTS
from plantseg_gui.storage.pairs import Matching, Pair, match_folders, read_index

if TYPE_CHECKING:
    from plantseg_gui.inference.calibrate import CalibrationItem

_OWN_PHOTOS = "own"


def add_parser(subparsers: Any) -> None:
    """Add the command's options."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "calibrate",
        help="fit a model's probabilities and threshold",
        description="Fit a model's temperature, bias, threshold and disease presence on photos "
        "with masks that it was not trained on. The weights stay as they are.",
    )
    parser.add_argument("--model", metavar="NAME|DIR", help="default: the default model")
    parser.add_argument("--data", type=Path, metavar="DIR", help="data folder with index.csv")
    parser.add_argument("--split", default="dev", help="with --data (default: %(default)s)")
    parser.add_argument(
        "--source", action="append", default=[], metavar="NAME", help="with --data; repeatable"
    )
    parser.add_argument("--images", type=Path, metavar="DIR", help="instead of --data: photos")
    parser.add_argument("--masks", type=Path, metavar="DIR", help="their lesion masks")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="new model folder (default: change the model)"
    )
    add_device_options(parser)
    add_progress_option(parser)


def run(args: argparse.Namespace) -> int:
    """Calibrate, then write `config.json`.

    Returns:
        0, or 1 when some photos could not be used.

    Raises:
        AppError: model, data or output cannot be used; nothing was changed.
    """
    reporter = Reporter(args.progress)
    folder = find_model(args.model)
    matching = _matching(args)
    for sentence in matching.left_out():
        reporter.note(sentence)
    matching.check()
    if args.out is not None and args.out.exists():
        raise InputError(f"{args.out} exists already.", "Choose a new folder for --out.")
    check_output_folder(folder if args.out is None else args.out.absolute().parent)
    from plantseg_gui.inference.calibrate import calibrate
    from plantseg_gui.inference.device import pick_device, set_thread_policy

    set_thread_policy(args.threads)
    meta = calibrate(
        folder,
        _items(matching.pairs, reporter),
        policy=pick_device(args.device),
        progress=reporter.progress,
        total=len(matching.pairs),
    )
    reporter.finish()
    target = folder if args.out is None else _copy(folder, args.out)
    write_json(target / CONFIG, meta.to_json())
    reporter.result(
        f"{target}: threshold {meta.threshold:.3f}, temperature {meta.temperature:.3f}, "
        f"bias {meta.bias:+.3f}"
    )
    reporter.event("finished", result=str(target), failed=reporter.failed)
    return EXIT_SOME_FAILED if reporter.failed else EXIT_OK


def _matching(args: argparse.Namespace) -> Matching:
    if args.data is not None:
        return read_index(args.data / INDEX_NAME, args.source, args.split)
    if args.images is None or args.masks is None:
        raise InputError(
            "Give photos and masks.", "Either --data DIR, or --images DIR --masks DIR."
        )
    return match_folders(args.images, args.masks)


def _items(pairs: Sequence[Pair], reporter: Reporter) -> Iterator["CalibrationItem"]:
    from plantseg_gui.inference.calibrate import CalibrationItem

    for pair in pairs:
        try:
            image = read_photo(pair.image)
            mask = read_mask(pair.mask, (image.shape[0], image.shape[1]))
        except AppError as error:
            reporter.failure(error.what, error.do, str(pair.image))
            continue
        yield CalibrationItem(pair.source or _OWN_PHOTOS, image, mask)


def _copy(model: Path, target: Path) -> Path:
    try:
        target.mkdir(parents=True)
        for name in (WEIGHTS, CARD):
            if (model / name).is_file():
                shutil.copyfile(model / name, target / name)
    except OSError as error:
        raise storage_error(error, target, "copied") from error
    return target
