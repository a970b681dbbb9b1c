"""`plantseg evaluate`: compare a model with masks drawn by people."""

import argparse
import time
from pathlib import Path
from typing import Any

from plantseg_gui.cli.judged_set import (
    add_set_options,
    add_time_limit_option,
    check_time_limit,
    chosen_set,
    tell_failure,
    tell_stopped,
)
from plantseg_gui.cli.session import (
    add_model_options,
    add_scale_option,
    add_threshold_option,
    check_output_folder,
    check_threshold,
    open_predictor,
)
from plantseg_gui.cli.stopping import stop_on_signals
from plantseg_gui.cli.terminal import (
    EXIT_INTERRUPTED,
    EXIT_OK,
    EXIT_SOME_FAILED,
    Reporter,
    add_progress_option,
)
from plantseg_gui.core.cancel import CancelToken
from plantseg_gui.core.errors import InputError
from plantseg_gui.core.results import TileMode
from plantseg_gui.evaluation.runner import (
    Evaluation,
    Stopped,
    evaluate_pairs,
    image_rows,
    report,
)
from plantseg_gui.storage.atomic import write_json
from plantseg_gui.storage.pairs import Matching

_SHOWN = ("dice_pooled", "dice_mean", "precision", "recall", "accuracy", "accuracy_all_healthy")


def add_parser(subparsers: Any) -> None:
    """Add the command's options."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "evaluate",
        help="compare a model with masks drawn by people",
        description="Run a model on photos and compare it with their lesion masks, whole photos, "
        "pixels pooled, with 95 % bootstrap intervals over the photos.",
        epilog="Exit code: 0 all done, 1 some photos failed or were not reached in the time limit, "
        "2 nothing done, 130 stopped; what was judged is written in any case.",
    )
    add_set_options(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.json")
    add_threshold_option(parser)
    parser.add_argument(
        "--seed", type=int, default=0, help="of the bootstrap (default: %(default)s)"
    )
    add_time_limit_option(parser)
    add_scale_option(parser)
    add_model_options(parser)
    add_progress_option(parser)


def run(args: argparse.Namespace) -> int:
    """Evaluate and write the JSON file.

    Returns:
        0 when every pair was judged, 1 when some could not be or the time was over, 130 when a
        person stopped it.

    Raises:
        AppError: options, model or output cannot be used, or no pair was found.
    """
    reporter = Reporter(args.progress)
    check_threshold(args.threshold)
    check_time_limit(args.time_limit)
    if args.out.is_dir():
        raise InputError(f"--out {args.out} is a folder.", "Name a file, for instance val.json.")
    matching = chosen_set(args)
    for sentence in matching.left_out():
        reporter.note(sentence)
    matching.check()
    check_output_folder(args.out.absolute().parent)
    token = CancelToken()
    stop_on_signals(token)
    predictor = open_predictor(args, reporter)
    started = time.monotonic()

    result = evaluate_pairs(
        predictor,
        matching.pairs,
        mode=TileMode(args.mode),
        threshold=args.threshold,
        token=token,
        scale_factor=args.scale,
        progress=reporter.progress,
        on_failure=lambda pair, error: tell_failure(reporter, pair, error),
        time_limit_s=args.time_limit * 60 or None,
        notify=reporter.note,
    )
    reporter.finish()
    if result.stopped is not None:
        tell_stopped(result.stopped, len(result.records), result.planned, args.time_limit, reporter)
    content = {
        **_content(result, matching, args.seed),
        "model": predictor.meta.name,
        "mode": args.mode,
        "device": predictor.device_label,
        "threshold": predictor.meta.threshold if args.threshold is None else args.threshold,
        "scale_factor": args.scale,
        "seconds": round(time.monotonic() - started, 1),
    }
    write_json(args.out, content)
    _tell(content, args.out, reporter)
    if result.stopped is Stopped.ASKED:
        return EXIT_INTERRUPTED
    return EXIT_SOME_FAILED if result.failed or result.stopped else EXIT_OK


def _content(result: Evaluation, matching: Matching, seed: int) -> dict[str, Any]:
    content = report(result.records, seed=seed)
    sources = sorted({record.source for record in result.records if record.source})
    if sources:
        content["sources"] = {
            source: report([r for r in result.records if r.source == source], seed=seed)
            for source in sources
        }
    return {
        **content,
        "planned": result.planned,
        "partial": result.stopped is not None,
        "stopped": result.stopped,
        "unmatched_images": list(matching.images_without_mask),
        "images_not_found": list(matching.not_found),
        "unmatched_masks": list(matching.masks_without_image),
        "failed": [{"image": name, "what": what} for name, what in result.failed],
        "images": image_rows(result.records),
    }


def _tell(content: dict[str, Any], out: Path, reporter: Reporter) -> None:
    for source, figures in (content.get("sources") or {"": content}).items():
        reporter.result(f"{source or 'all'}: n {figures['n']}, " + _figures_text(figures))
    if len(content.get("sources") or {}) > 1:
        reporter.result(f"all: n {content['n']}, " + _figures_text(content))
    reporter.result(f"written to {out}")
    reporter.event(
        "finished",
        result=str(out),
        done=content["n"],
        failed=len(content["failed"]),
        partial=content["partial"],
        device=content["device"],
    )


def _figures_text(figures: dict[str, Any]) -> str:
    parts = []
    for name in _SHOWN:
        value = figures[name]
        low, high = figures["intervals"][name]
        spread = "" if low is None else f" ({low:.3f} to {high:.3f})"
        parts.append(f"{name} {'unknown' if value is None else f'{value:.3f}'}{spread}")
    error = figures["severity"]["mean_abs_error"]
    if error is not None:
        parts.append(f"severity error {error:.2f} points")
    return ", ".join(parts)
