"""`plantseg finetune`: retrain a model on a person's own photos."""

import argparse
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plantseg_gui.cli.stopping import stop_on_signals
from plantseg_gui.cli.terminal import (
    EXIT_INTERRUPTED,
    EXIT_OK,
    Reporter,
    add_progress_option,
    say,
)
from plantseg_gui.core.cancel import CancelToken
from plantseg_gui.core.errors import AppError, ErrorCategory, InputError
from plantseg_gui.core.stall import StallWatch
from plantseg_gui.storage.models import resolve_model
from plantseg_gui.training.job import FinetuneJob, check_minutes, folder_job, read_job
from plantseg_gui.training.protocol import (
    CommandReader,
    Epoch,
    Error,
    Event,
    Finished,
    Stage,
    Started,
    Step,
    Stopped,
    Trial,
    Warning_,
)

if TYPE_CHECKING:
    from plantseg_gui.training.run_store import RunStore


def add_parser(subparsers: Any) -> None:
    """Add the command's options."""
    parser = subparsers.add_parser(
        "finetune",
        help="retrain a model on your corrected photos",
        description="Retrain a model on your own photos and masks, in about a minute. The result "
        "is a model folder that --model takes.",
    )
    parser.add_argument("--images", type=Path, metavar="DIR", help="folder of photos")
    parser.add_argument(
        "--masks", type=Path, metavar="DIR", help="folder of masks, named like the photos"
    )
    parser.add_argument(
        "--base", metavar="NAME|DIR", help="model to start from (default: the default model)"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder of the new model")
    parser.add_argument(
        "--like",
        type=Path,
        metavar="DIR",
        help="more photos of the crop, without masks: the new model will be for photos like them",
    )
    parser.add_argument("--job", type=Path, metavar="FILE", help="job.json of a window instead")
    parser.add_argument(
        "--minutes",
        type=float,
        metavar="M",
        help="at most so long until the model is there (default: 0.75 to 2, by the photos)",
    )
    parser.add_argument(
        "--updates", type=int, default=0, metavar="N", help="exactly so many updates instead"
    )
    parser.add_argument(
        "--threads", type=int, default=0, metavar="T", help="CPU threads (default: all cores)"
    )
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--seed", type=int, metavar="N", help="seed of crops and order")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="any other setting of the recipe, for instance unfreeze=none or new_share=0.7",
    )
    parser.add_argument(
        "--trial",
        action="store_true",
        help="only measure a trial step and say how long the retraining would take",
    )
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    parser.add_argument(
        "--finish",
        action="store_true",
        help="with --resume: train no further, judge and write what the checkpoint holds",
    )
    parser.add_argument(
        "--save-memory",
        type=int,
        default=0,
        choices=range(4),
        metavar="0-3",
        help="use less memory: 1 half the batch and fewer prepared crops, 2 one crop at a time and "
        "one thread, 3 safe mode (CPU, full precision, slow); chosen by itself when memory runs "
        "out (default: 0)",
    )
    add_progress_option(parser)


def run(args: argparse.Namespace) -> int:
    """Retrain; returns the exit code.

    Raises:
        AppError: with what to do.
    """
    begun = time.monotonic()
    reporter = Reporter(args.progress)
    token = CancelToken()
    interrupted = stop_on_signals(token)
    run_dir = _run_dir(args)
    commands = CommandReader(run_dir)
    # Loads no torch: the window learns within a moment that the process lives.
    from plantseg_gui.storage.platform_files import lower_priority
    from plantseg_gui.training.run_store import RunStore, own_identity

    with RunStore(run_dir, [], lambda event: _tell(reporter, event)) as store:
        try:
            job = _job(args, reporter)
            pid, started = own_identity()
            store.emit(Started(pid, started, str(run_dir), "this computer", len(job.photos)))
            if job.window:
                lower_priority()
            last = _train(job, store, commands, token, begun, args)
        except AppError as error:
            _last_words(store, str(error.category), error.what, error.do)
            raise
        except MemoryError:
            text, do = "The training ran out of memory.", "Close other programs, then try again."
            _last_words(store, str(ErrorCategory.MEMORY), text, do)
            raise
        except Exception as error:
            # Told to the window in its own words; the traceback goes to the log, and on.
            text = f"The training broke off by a fault of the program ({type(error).__name__})."
            _last_words(store, str(ErrorCategory.BUG), text, "Please save a diagnostic report.")
            raise
    reporter.finish()
    if isinstance(last, Finished) or not interrupted.is_set():
        return EXIT_OK
    return EXIT_INTERRUPTED


def _train(
    job: FinetuneJob,
    store: "RunStore",
    commands: CommandReader,
    token: CancelToken,
    begun: float,
    args: argparse.Namespace,
) -> Event:
    """Load torch and train."""
    from plantseg_gui.training.control import Control, WindowWatch
    from plantseg_gui.training.model_out import check_out

    if not args.resume:
        check_out(job.out)
    from plantseg_gui.training.finetune_session import (
        COLUMNS,
        How,
        refuse_unfinished,
        run_finetune,
    )
    from plantseg_gui.training.run_env import RunEnv
    from plantseg_gui.training.saving import MemorySaving

    refuse_unfinished(store.dir, resume=args.resume)
    store.set_columns(COLUMNS)
    window = WindowWatch(store.dir) if job.window else None
    with ExitStack() as stack:
        stall = StallWatch(lambda s: store.emit(Warning_(f"No progress for {s:.0f} s.")))
        stack.callback(stall.close)
        env = RunEnv(store.emit, Control(commands, token, window), stall, begun)
        env.saving = MemorySaving(args.save_memory)
        return run_finetune(
            job, store, env, How(args.resume, args.threads, args.device, args.finish)
        )


def _last_words(store: "RunStore", category: str, text: str, do: str) -> None:
    # The fault may be the full disk that this cannot be written to either.
    with suppress(AppError):
        store.emit(Error(category, text, do))


def _run_dir(args: argparse.Namespace) -> Path:
    """The run's folder; a wrong mixture of options is refused here."""
    if args.finish and not args.resume:
        raise InputError("--finish needs a run to finish.", "Add --resume.")
    if args.job is not None:
        if args.images or args.masks or args.out or args.base or args.trial:
            raise InputError("--job says everything itself.", "Leave out the other options.")
        if not args.job.is_file():
            raise InputError(f"{args.job} is not a file.", "Check the name.")
        return Path(args.job).parent
    missing = [f"--{k}" for k in ("images", "masks", "out") if getattr(args, k) is None]
    if missing:
        raise InputError(f"{', '.join(missing)} missing.", "See plantseg finetune --help.")
    if args.updates < 0 or args.threads < 0:
        raise InputError("--updates and --threads cannot be negative.")
    if args.trial and args.resume:
        raise InputError("--trial begins nothing that --resume could go on with.")
    if not args.resume and (args.out / "config.json").exists():
        raise InputError(f"{args.out} already holds a model.", "Choose another --out.")
    return Path(args.out) / "run"


def _job(args: argparse.Namespace, reporter: Reporter) -> FinetuneJob:
    """The job of the options."""
    if args.job is not None:
        return read_job(args.job)
    from plantseg_gui.cli.session import read_folder
    from plantseg_gui.storage.pairs import match_folders

    read_folder(args.images, "--images")
    read_folder(args.masks, "--masks")
    matching = match_folders(args.images, args.masks)
    for sentence in matching.left_out():
        reporter.note(sentence)
    matching.check()
    return folder_job(
        [(pair.name, pair.image, pair.mask) for pair in matching.pairs],
        resolve_model(args.base or ""),
        args.out,
        minutes=check_minutes(args.minutes or 0.0),
        updates=args.updates,
        recipe=_recipe(args),
        trial_only=args.trial,
        like=_like(args, reporter),
    )


def _like(args: argparse.Namespace, reporter: Reporter) -> tuple[Path, ...]:
    """Some of the photos of --like, evenly spread."""
    if args.like is None:
        return ()
    from plantseg_gui.cli.photo_batch import collect_photos
    from plantseg_gui.cli.session import read_folder
    from plantseg_gui.training.job import some_of

    batch = collect_photos([read_folder(args.like, "--like")], args.out)
    for problem in batch.problems:
        reporter.note(str(problem))
    return some_of([photo.path for photo in batch.photos])


def _recipe(args: argparse.Namespace) -> dict[str, Any]:
    from plantseg_gui.cli.settings_text import read_pairs
    from plantseg_gui.training.recipe import Recipe

    given = read_pairs(args.set) | ({} if args.seed is None else {"seed": args.seed})
    known = Recipe.__dataclass_fields__
    for key in given:
        if key not in known:
            raise InputError(f"There is no setting '{key}'.", f"Known: {', '.join(sorted(known))}.")
    return given


def _tell(reporter: Reporter, event: Event) -> None:
    """Say an event on the terminal."""
    if reporter.json_lines:
        import sys

        say(event.to_line(), sys.stdout)
    elif isinstance(event, Step):
        word = "loss" if event.phase == "train" else "judging, loss"
        reporter.progress(event.update, event.updates, f"{word} {event.loss:.3f}")
    elif isinstance(event, Stage) and event.total:
        reporter.progress(event.done, event.total, event.text)
    elif isinstance(event, Started):
        reporter.result(f"Retraining on {event.photos} photos, in {event.run_dir}.")
    elif isinstance(event, Trial):
        reporter.result(
            f"One update takes {event.seconds_per_update:.2f} s: {event.updates} updates, about "
            f"{event.estimated_s:.0f} s."
        )
    elif isinstance(event, Epoch):
        reporter.result(
            f"Update {event.update}: mean Dice on held-out photos {event.dice_mean:.3f}"
        )
    elif isinstance(event, Warning_):
        reporter.note(event.text)
    elif isinstance(event, Finished | Stopped):
        _tell_end(reporter, event)


def _tell_end(reporter: Reporter, event: Finished | Stopped) -> None:
    results = event.results
    if isinstance(event, Finished) and not event.model:
        reporter.result(f"Reading the photos and measuring took {event.seconds:.0f} s before that.")
        return
    if results.get("dice_after") is not None:
        reporter.result(
            f"Mean Dice {results['dice_before']:.3f} before, {results['dice_after']:.3f} after "
            f"({results['method']})."
        )
    elif event.model:
        reporter.result("Too few photos to judge the new model.")
    word = "Finished" if isinstance(event, Finished) else "Stopped; --resume goes on"
    reporter.result(f"{word} after {event.seconds:.0f} s. Model: {event.model or 'none yet'}")
