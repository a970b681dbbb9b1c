"""`plantseg ask`: which photos of a folder to correct next, because they would teach most."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plantseg_gui.cli.photo_batch import FoundPhoto, collect_photos
from plantseg_gui.cli.session import (
    add_model_options,
    add_scale_option,
    open_predictor,
    read_folder,
)
from plantseg_gui.cli.terminal import (
    EXIT_OK,
    EXIT_SOME_FAILED,
    EXIT_USAGE,
    Reporter,
    add_progress_option,
    say,
)
from plantseg_gui.core.errors import AppError, InputError
from plantseg_gui.core.results import TileMode
from plantseg_gui.core.teaching import Candidate, teaching_order
from plantseg_gui.storage.patience import patiently
from plantseg_gui.storage.photo_once import read_photo_once

if TYPE_CHECKING:
    from plantseg_gui.inference.predictor import Predictor


def add_parser(subparsers: Any) -> None:
    """Add the command's options."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "ask",
        help="say which photos to correct next",
        description="Look at all photos of a folder and name those whose correction would teach "
        "the model most: it is unsure of them, and they are unlike each other and those that were "
        "corrected. Nothing is written.",
        epilog="Exit code: 0 all looked at, 1 some photos failed, 2 not begun.",
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="folder of photos")
    parser.add_argument(
        "--k", type=int, default=20, metavar="N", help="how many (default: %(default)s)"
    )
    parser.add_argument(
        "--labelled", type=Path, metavar="DIR", help="folder of photos that are corrected already"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_scale_option(parser)
    add_model_options(parser)
    add_progress_option(parser)


def run(args: argparse.Namespace) -> int:
    """Look at the photos and name the first ones.

    Returns:
        0 when all could be looked at, 1 when some could not, 2 when there was nothing to do.

    Raises:
        AppError: options, folders or model cannot be used.
    """
    reporter = Reporter(args.progress)
    if args.k < 1:
        raise InputError("--k must be 1 or more.")
    if args.json and reporter.json_lines:
        raise InputError("--json and --progress json both want the output.", "Leave one out.")
    learned = _found(args.labelled, "--labelled", reporter) if args.labelled is not None else []
    known = {photo.path.resolve() for photo in learned}
    fresh = [p for p in _found(args.folder, "FOLDER", reporter) if p.path.resolve() not in known]
    if not fresh:
        return EXIT_SOME_FAILED if reporter.failed else EXIT_USAGE
    seen = _look_at(args, [*fresh, *learned], reporter)
    photos = {str(photo.path): photo for photo in fresh}
    candidates = [c for c in seen if c.key in photos]
    doubts = {c.key: c.doubt for c in candidates}
    vectors = [c.vector for c in seen if c.key not in photos and c.vector is not None]
    order = teaching_order(candidates, vectors)[: args.k]
    rows = [
        {"file": asked.key, "doubt": _rounded(doubts[asked.key]), "reason": asked.reason}
        for asked in order
    ]
    if args.json:
        say(json.dumps({"photos": rows}), sys.stdout)
    for number, (asked, row) in enumerate(zip(order, rows, strict=True), 1):
        reporter.event("asked", number=number, **row)
        if not args.json:
            reporter.result(f"{number}. {photos[asked.key].relative}: {asked.reason}")
    return EXIT_SOME_FAILED if reporter.failed else EXIT_OK


def _found(folder: Path, option: str, reporter: Reporter) -> list[FoundPhoto]:
    """The photos of a folder; what cannot be used is said."""
    read_folder(folder, option)
    # Nothing is written, so no folder has to be left out.
    batch = collect_photos([folder], folder / ".no-output")
    for problem in batch.problems:
        reporter.failure(problem.what, problem.do)
    return list(batch.photos)


def _look_at(
    args: argparse.Namespace, photos: list[FoundPhoto], reporter: Reporter
) -> list[Candidate]:
    """What the model says of each photo, by its path; what fails is said and left out."""
    predictor = open_predictor(args, reporter)
    found: list[Candidate] = []
    for number, photo in enumerate(photos):
        reporter.progress(number, len(photos), str(photo.relative))
        try:
            found.append(_candidate(predictor, photo, args))
        except AppError as error:
            what = error.what if photo.path.name in error.what else f"{photo.path}: {error.what}"
            reporter.failure(what, error.do, str(photo.path))
    reporter.finish()
    return found


def _candidate(predictor: "Predictor", photo: FoundPhoto, args: argparse.Namespace) -> Candidate:
    image = patiently(lambda: read_photo_once(photo.path)).pixels
    seen = predictor.predict(image, mode=TileMode(args.mode), scale_factor=args.scale)
    vector = None if seen.descriptor is None else seen.descriptor.vector
    return Candidate(str(photo.path), seen.doubt, vector, seen.leaf.found)


def _rounded(doubt: float | None) -> float | None:
    return None if doubt is None else round(doubt, 4)
