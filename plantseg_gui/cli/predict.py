"""`plantseg predict`: find the lesions in photos; masks, maps and numbers go to a folder.

The program names no disease; `--tag` puts the user's own words into the outputs.
"""

import argparse
import contextlib
import errno
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plantseg_gui.cli.demo import draw_demo
from plantseg_gui.cli.map_names import needs_uncertainty, parse_map_names
from plantseg_gui.cli.photo_batch import FoundPhoto, collect_photos
from plantseg_gui.cli.session import (
    add_model_options,
    add_scale_option,
    add_threshold_option,
    check_output_folder,
    check_threshold,
    open_predictor,
)
from plantseg_gui.cli.terminal import (
    EXIT_OK,
    EXIT_SOME_FAILED,
    EXIT_USAGE,
    Reporter,
    add_progress_option,
)
from plantseg_gui.core.errors import (
    AppError,
    DeviceError,
    InputError,
    MemoryLimitError,
    StorageError,
)
from plantseg_gui.core.results import Diagnosis, Prediction, TileMode
from plantseg_gui.core.severity import diagnose
from plantseg_gui.storage.atomic import write_json
from plantseg_gui.storage.map_files import MAP_NAMES, MapInfo, map_files, write_maps
from plantseg_gui.storage.patience import patiently
from plantseg_gui.storage.photo_once import read_photo_once

if TYPE_CHECKING:
    from plantseg_gui.inference.predictor import Predictor

# Faults of one output's name; any other failed write would fail for the next photo as well.
_NAME_FAULTS = {errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ}


@dataclass(frozen=True)
class _Job:
    """What is the same for all photos of a run."""

    predictor: "Predictor"
    out: Path
    maps: tuple[str, ...]
    mode: TileMode
    threshold: float | None
    scale: int
    tags: tuple[str, ...]
    overwrite: bool
    reporter: Reporter


def add_parser(subparsers: Any) -> None:
    """Add the command's options."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "predict",
        help="find the lesions in photos",
        description="Find the lesions in photos. Writes <stem>_mask.png (0 healthy, 255 lesion, "
        "the photo's own size), the asked maps and <stem>.json. Sub-folders are mirrored.",
        epilog="Exit code: 0 all done, 1 some photos failed, 2 not begun.",
    )
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="photos and folders")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder for the results"
    )
    parser.add_argument(
        "--maps",
        default="mask",
        metavar="LIST",
        help=f"comma-separated, from: {','.join(MAP_NAMES)} (default: %(default)s)",
    )
    parser.add_argument(
        "--demo", action="store_true", help="draw four diseased leaves, and use them as photos"
    )
    add_threshold_option(parser)
    parser.add_argument(
        "--tag",
        action="append",
        default=[],
        metavar="TEXT",
        help="your own word for these photos, written into each result; may be repeated",
    )
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="replace files in DIR that an earlier run of this command did not finish or write",
    )
    add_scale_option(parser)
    add_model_options(parser)
    add_progress_option(parser)


def run(args: argparse.Namespace) -> int:
    """Predict all photos.

    Returns:
        0 when all are done, 1 when some failed, 2 when there was nothing to do.

    Raises:
        AppError: options, model or output folder cannot be used.
    """
    reporter = Reporter(args.progress)
    maps = parse_map_names(args.maps)
    check_threshold(args.threshold)
    if not args.paths and not args.demo:
        raise InputError("No photo was given.", "Name photos or folders, or use --demo.")
    check_output_folder(args.out)
    paths = list(args.paths)
    if args.demo:
        paths.append(draw_demo(args.out, reporter))
    batch = collect_photos(paths, args.out)
    for problem in batch.problems:
        reporter.failure(problem.what, problem.do)
    if not batch.photos:
        return EXIT_SOME_FAILED if reporter.failed else EXIT_USAGE
    job = _Job(
        predictor=open_predictor(args, reporter),
        out=args.out,
        maps=maps,
        mode=TileMode(args.mode),
        threshold=args.threshold,
        scale=args.scale,
        tags=tuple(args.tag),
        overwrite=args.overwrite,
        reporter=reporter,
    )
    return _run_batch(job, batch.photos)


def _run_batch(job: _Job, photos: tuple[FoundPhoto, ...]) -> int:
    reporter = job.reporter
    reporter.event("started", photos=len(photos))
    done = 0
    for number, photo in enumerate(photos):
        reporter.progress(number, len(photos), str(photo.relative))
        try:
            _predict_one(job, photo, number, len(photos))
            done += 1
        except StorageError as error:
            reporter.failure(error.what, error.do, str(photo.path))
            if not _only_this_name(error):
                left = len(photos) - number - 1
                if left:
                    reporter.note(f"stopped; {left} more photos were not looked at.")
                break
        except AppError as error:
            reporter.failure(_naming(photo.path, error.what), error.do, str(photo.path))
        except MemoryError:
            reporter.failure(
                f"{photo.path}: out of memory.", "Make the photo smaller.", str(photo.path)
            )
    reporter.progress(len(photos), len(photos))
    reporter.finish()
    reporter.event("finished", done=done, failed=reporter.failed)
    reporter.result(f"{done} of {len(photos)} photos done; results in {job.out}")
    return EXIT_SOME_FAILED if reporter.failed else EXIT_OK


def _predict_one(job: _Job, photo: FoundPhoto, number: int, photos: int) -> None:
    base = job.out / photo.base
    json_file = base.with_name(f"{base.name}.json")
    _refuse_bad_names(job, photo, base, json_file)
    opened = patiently(lambda: read_photo_once(photo.path))
    image = opened.pixels

    def tile_progress(done: int, total: int, text: str = "") -> None:
        share = done / total if total else 0.0
        job.reporter.progress(number + share, photos, str(photo.relative))

    prediction = job.predictor.predict(
        image,
        mode=job.mode,
        threshold=job.threshold,
        progress=tile_progress,
        scale_factor=job.scale,
    )
    if opened.notes:
        prediction = replace(prediction, warnings=(*opened.notes, *prediction.warnings))
    for warning in prediction.warnings:
        job.reporter.note(f"{photo.path}: {warning}")
    if needs_uncertainty(job.maps):
        try:
            prediction = prediction.with_uncertainty(job.predictor.uncertainty(image, prediction))
        except (DeviceError, MemoryLimitError) as error:
            # The mask is there; what is missing says so in the JSON.
            job.reporter.note(f"{photo.path}: variance and energy were left out. {error}")
    # Lesion pixels and leaf decide the numbers; the network's presence head adds its probability.
    diagnosis = diagnose(
        prediction.labels,
        prediction.leaf,
        prediction.disease_probability,
        leaf_covered=prediction.leaf_covered,
    )
    with _all_or_none([json_file, *map_files(base, job.maps)]):
        infos = write_maps(base, job.maps, prediction)
        record = result_record(photo, prediction, diagnosis, job.tags, infos)
        # The JSON comes last: where it is, the photo is done.
        write_json(json_file, record)
    job.reporter.event("photo", file=str(photo.path), result=str(json_file))
    job.reporter.result(summary_line(photo, prediction, diagnosis))


@contextlib.contextmanager
def _all_or_none(files: list[Path]) -> Iterator[None]:
    """Take the new ones of `files` away again when the block fails.

    A mask without its JSON would be taken for somebody else's by the next run, and on a full disk
    it is in the way.
    """
    before = {file for file in files if os.path.lexists(file)}
    try:
        yield
    except BaseException:
        for file in set(files) - before:
            with contextlib.suppress(OSError):
                file.unlink(missing_ok=True)
        raise


def result_record(
    photo: FoundPhoto,
    prediction: Prediction,
    diagnosis: Diagnosis,
    tags: tuple[str, ...],
    maps: dict[str, MapInfo],
) -> dict[str, Any]:
    """The content of `<stem>.json`; a number that cannot be given is None, with `reason`."""
    return {
        "image": photo.relative.as_posix(),
        "width": prediction.width,
        "height": prediction.height,
        "model": prediction.model,
        "disease_probability": _rounded(diagnosis.disease_probability, 4),
        "severity_percent": _rounded(diagnosis.severity_pct, 3),
        "leaf_area_px": diagnosis.leaf_area_px,
        "lesion_area_px": diagnosis.lesion_area_px,
        "lesion_count": diagnosis.lesion_count if prediction.leaf_covered else None,
        "doubt": _rounded(prediction.doubt, 4),
        "threshold": _rounded(prediction.threshold, 4),
        "scale_factor": prediction.scale,
        "tiles_total": prediction.tiles_total,
        "tiles_processed": prediction.tiles_processed,
        "seconds": _rounded(prediction.seconds, 3),
        "reason": diagnosis.reason or None,
        "tags": list(tags),
        "mode": str(prediction.mode),
        "device": prediction.device,
        "warnings": list(prediction.warnings),
        "maps": maps,
    }


def summary_line(photo: FoundPhoto, prediction: Prediction, diagnosis: Diagnosis) -> str:
    """One line for a person."""
    if diagnosis.severity_pct is None:
        severity = f"severity unknown ({diagnosis.reason})"
    else:
        severity = f"{diagnosis.severity_pct:.2f} % of the leaf"
    lesions = "1 lesion" if diagnosis.lesion_count == 1 else f"{diagnosis.lesion_count} lesions"
    if not prediction.leaf_covered:
        lesions = f"at least {lesions}"
    chance = diagnosis.disease_probability
    presence = "" if chance is None else f", disease probability {chance:.2f}"
    return f"{photo.relative}: {severity}, {lesions}{presence}, {prediction.seconds:.1f} s"


def _refuse_bad_names(job: _Job, photo: FoundPhoto, base: Path, json_file: Path) -> None:
    """Names that the drive takes, and none that somebody else uses.

    Only a finished result of ours is replaced.
    Annotation programs write `<stem>.json` too, and people call their own masks `<stem>_mask.png`.
    """
    files = (json_file, *map_files(base, job.maps))
    if any(_is_too_long(file) for file in files):
        # Said before the work, and before some of its files are written.
        raise InputError(
            f"{photo.path} was left out: the names of its results would be too long.",
            "Give the photo a shorter name.",
        )
    if job.overwrite or _is_own_result(json_file):
        return
    for file in files:
        if os.path.exists(file):
            raise InputError(
                f"{photo.path} was left out: {file} exists and is no finished result of this "
                "command.",
                "Choose another --out, or add --overwrite to replace it.",
            )


def _is_too_long(file: Path) -> bool:
    try:
        os.lstat(file)
    except OSError as error:
        return error.errno == errno.ENAMETOOLONG
    return False


def _is_own_result(json_file: Path) -> bool:
    try:
        content = json.loads(json_file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(content, dict) and {"model", "tiles_processed", "maps"} <= content.keys()


def _only_this_name(error: StorageError) -> bool:
    return isinstance(error.__cause__, OSError) and error.__cause__.errno in _NAME_FAULTS


def _naming(path: Path, what: str) -> str:
    return what if path.name in what else f"{path}: {what}"


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(float(value), digits)
