"""`plantseg models compare`: two versions on the same photos."""

import argparse
import json
import sys
import time
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
    add_device_options,
    add_mode_option,
    add_scale_option,
    find_model,
    load_predictor,
)
from plantseg_gui.cli.stopping import stop_on_signals, stop_when_input_ends
from plantseg_gui.cli.terminal import (
    EXIT_INTERRUPTED,
    EXIT_OK,
    EXIT_SOME_FAILED,
    Reporter,
    add_progress_option,
    one_line,
    say,
)
from plantseg_gui.core.cancel import CancelToken
from plantseg_gui.core.errors import InputError
from plantseg_gui.core.results import TileMode
from plantseg_gui.evaluation.model_comparison import content, judge_both
from plantseg_gui.evaluation.runner import Stopped
from plantseg_gui.storage.platform_files import lower_priority


def add_parser(acts: Any) -> None:
    """Add the act's options to those of `plantseg models`."""
    parser: argparse.ArgumentParser = acts.add_parser(
        "compare",
        help="two versions on the same photos",
        description="Judge two versions on the same photos with masks: Dice of each photo by both, "
        "pooled figures, error of the severity, and a paired bootstrap interval of the change.",
        epilog="Exit code: 0 all done, 1 some photos failed or were not reached in the time limit, "
        "2 nothing done, 130 stopped; what was judged by then is shown in any case.",
    )
    parser.add_argument("first", metavar="FIRST", help="name or folder of a model")
    parser.add_argument("second", metavar="SECOND", help="the one that is compared with it")
    add_set_options(parser)
    parser.add_argument("--json", action="store_true", help="the figures as JSON")
    parser.add_argument(
        "--seed", type=int, default=0, help="of the bootstrap (default: %(default)s)"
    )
    add_time_limit_option(parser)
    add_mode_option(parser)
    add_scale_option(parser)
    add_device_options(parser)
    parser.add_argument(
        "--background",
        action="store_true",
        help="for programs: give way to others, and stop when standard input is closed",
    )
    add_progress_option(parser)


def compare(args: argparse.Namespace) -> int:
    """Compare and tell.

    Raises:
        AppError: options or models cannot be used, or no pair was found.
    """
    reporter = Reporter(args.progress)
    check_time_limit(args.time_limit)
    if args.json and reporter.json_lines:
        raise InputError("--json and --progress json share one output.", "Give one of them.")
    folders = [find_model(name) for name in (args.first, args.second)]
    matching = chosen_set(args)
    for sentence in matching.left_out():
        reporter.note(sentence)
    matching.check()
    token = CancelToken()
    stop_on_signals(token)
    if args.background:
        lower_priority()
        stop_when_input_ends(token)
    started = time.monotonic()
    first, second = (load_predictor(folder, args, reporter) for folder in folders)
    result = judge_both(
        first,
        second,
        matching.pairs,
        mode=TileMode(args.mode),
        scale_factor=args.scale,
        token=token,
        time_limit_s=args.time_limit * 60 or None,
        progress=reporter.progress,
        on_photo=lambda row: reporter.event("photo", **row),
        on_failure=lambda pair, error: tell_failure(reporter, pair, error),
        notify=reporter.note,
    )
    reporter.finish()
    if result.stopped is not None:
        tell_stopped(result.stopped, len(result.first), result.planned, args.time_limit, reporter)
    found = {
        **content(result, folders[0].name, folders[1].name, seed=args.seed),
        "mode": args.mode,
        "scale_factor": args.scale,
        "device": first.device_label,
        "seconds": round(time.monotonic() - started, 1),
    }
    if args.json:
        say(json.dumps(found, indent=2, allow_nan=False), sys.stdout)
    else:
        _tell(found, reporter)
    reporter.event("comparison", **found)
    if result.stopped is Stopped.ASKED:
        return EXIT_INTERRUPTED
    return EXIT_SOME_FAILED if result.failed or result.stopped else EXIT_OK


def _tell(found: dict[str, Any], reporter: Reporter) -> None:
    first, second = found["first"], found["second"]
    rows = found["images"]
    width = max((len(one_line(row["image"])) for row in rows), default=0)
    for row in rows:
        reporter.result(
            f"{one_line(row['image']):<{width}}  {row['dice_first']:.3f} → "
            f"{row['dice_second']:.3f}  {row['change']:+.3f}"
        )
    for figures in (first, second):
        parts = [f"{figures['name']}: n {figures['n']}"]
        for name, text in (("dice_mean", "mean Dice"), ("dice_pooled", "pooled Dice")):
            low, high = figures["intervals"][name]
            if figures[name] is not None and low is not None:
                parts.append(f"{text} {figures[name]:.3f} ({low:.3f} to {high:.3f})")
        error = figures["severity"]["mean_abs_error"]
        if error is not None:
            parts.append(f"severity error {error:.2f} points")
        reporter.result(", ".join(parts))
    change = found["change"]
    if change["mean"] is not None:
        low, high = change["interval"]
        reporter.result(
            f"change of the mean Dice {change['mean']:+.3f} ({low:+.3f} to {high:+.3f}, 95 %)"
        )
    reporter.result(found["sentence"])
