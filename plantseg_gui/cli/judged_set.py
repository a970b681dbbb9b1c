"""What commands that judge models share: the photos and masks, the time limit, what is told."""

import argparse
import math
from pathlib import Path

from plantseg_gui.cli.session import read_folder
from plantseg_gui.cli.terminal import Reporter
from plantseg_gui.core.errors import AppError, InputError
from plantseg_gui.evaluation.runner import TIME_LIMIT_MIN, Stopped
from plantseg_gui.storage.pairs import Matching, Pair, match_folders, read_index, read_pairs


def add_set_options(parser: argparse.ArgumentParser) -> None:
    """Add --images, --masks and --leaf; --index, --source and --split; --pairs."""
    parser.add_argument("--images", type=Path, metavar="DIR", help="photos")
    parser.add_argument(
        "--masks", type=Path, metavar="DIR", help="lesion masks with the photos' stems"
    )
    parser.add_argument(
        "--leaf", type=Path, metavar="DIR", help="leaf masks, for the error of the severity"
    )
    parser.add_argument(
        "--index", type=Path, metavar="CSV", help="instead: a data folder's index.csv"
    )
    parser.add_argument(
        "--source",
        action="append",
        default=[],
        metavar="NAME",
        help="with --index: only this source; may be repeated",
    )
    parser.add_argument("--split", default="val", help="with --index (default: %(default)s)")
    parser.add_argument(
        "--pairs",
        type=Path,
        metavar="JSON",
        help='instead: a JSON list of {"name", "image", "mask"}; with "labels": true the mask is a '
        "label image, and 65535 in it is not judged",
    )


def add_time_limit_option(parser: argparse.ArgumentParser) -> None:
    """Add --time-limit."""
    parser.add_argument(
        "--time-limit",
        type=float,
        default=TIME_LIMIT_MIN,
        metavar="MIN",
        help="end after so many minutes with the photos judged by then; 0 = no limit "
        "(default: %(default)g)",
    )


def check_time_limit(minutes: float) -> None:
    """Refuse what is no number of minutes. Raises InputError."""
    if not 0 <= minutes < math.inf:
        raise InputError(f"--time-limit {minutes:g} is no number of minutes (0 or more).")


def tell_failure(reporter: Reporter, pair: Pair, error: AppError) -> None:
    """Say that a photo could not be judged; its file is named in any case."""
    named = any(str(path) in error.what for path in (pair.image, pair.mask, pair.leaf))
    what = error.what if named else f"{pair.image}: {error.what}"
    reporter.failure(what, error.do, str(pair.image))


def tell_stopped(
    stopped: Stopped, judged: int, planned: int, minutes: float, reporter: Reporter
) -> None:
    """Say that the figures are not of all photos."""
    told = f"{judged} of {planned} photos were judged"
    if stopped is Stopped.TIME:
        why, advice = f"the time limit of {minutes:g} min is over", " Raise --time-limit for all."
    else:
        why, advice = "stopped", ""
    reporter.note(f"{why}: {told}, and the figures are of these alone.{advice}")


def chosen_set(args: argparse.Namespace) -> Matching:
    """The photos and masks that the options name.

    Raises:
        InputError: none of them, more than one way, or files that cannot be read.
    """
    ways = {
        "folders": args.images is not None or args.masks is not None,
        "--index": args.index is not None,
        "--pairs": args.pairs is not None,
    }
    given = [way for way, there in ways.items() if there]
    if len(given) > 1:
        raise InputError(f"Both {given[0]} and {given[1]} were given.", "Give one of them.")
    if args.index is not None:
        return read_index(args.index, args.source, args.split)
    if args.pairs is not None:
        return read_pairs(args.pairs)
    if args.images is None or args.masks is None:
        raise InputError(
            "Give photos and masks.", "Either --images DIR --masks DIR, or --index index.csv."
        )
    images, masks = read_folder(args.images, "--images"), read_folder(args.masks, "--masks")
    leaf = None if args.leaf is None else read_folder(args.leaf, "--leaf")
    return match_folders(images, masks, leaf)
