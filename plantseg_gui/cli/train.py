"""`plantseg train`: train a network from photos and masks."""

import argparse
from pathlib import Path
from typing import Any

from plantseg_gui.cli.settings_text import read_pairs
from plantseg_gui.cli.stopping import stop_on_signals
from plantseg_gui.cli.terminal import EXIT_INTERRUPTED, EXIT_OK, Reporter, add_progress_option, say
from plantseg_gui.core.cancel import CancelToken
from plantseg_gui.core.errors import AppError, InputError
from plantseg_gui.training.protocol import (
    Epoch,
    Error,
    Event,
    Finished,
    Started,
    Step,
    Stopped,
    Trial,
    Warning_,
)


def add_parser(subparsers: Any) -> None:
    """Add the command's options."""
    parser = subparsers.add_parser("train", help="train a model from photos and masks")
    data = parser.add_argument_group("data (either --data, or --images and --masks)")
    data.add_argument("--data", type=Path, help="folder with an index and <source>/images, /masks")
    data.add_argument("--index", default="index.csv", help="its index (default: %(default)s)")
    data.add_argument("--sources", default="", help="only these, divided by commas")
    data.add_argument("--images", type=Path, help="folder of photos")
    data.add_argument("--masks", type=Path, help="folder of masks, named like the photos")
    net = parser.add_argument_group("network")
    net.add_argument("--encoder", default="tf_efficientnet_lite2", help="timm name")
    net.add_argument("--encoder-weights", type=Path, help="safetensors file with timm's keys")
    net.add_argument(
        "--start",
        type=Path,
        metavar="MODEL",
        help="folder of a model whose weights (and network) the run starts from",
    )
    net.add_argument(
        "--grow-encoder",
        action="store_true",
        help="the weights belong to a smaller relative (EfficientNet-Lite2's for EfficientNet-B2)",
    )
    net.add_argument(
        "--network", action="append", default=[], metavar="KEY=VALUE", help="fpn_channels=128 …"
    )
    run_ = parser.add_argument_group("run")
    run_.add_argument("--out", type=Path, required=True, help="folder of the run")
    run_.add_argument("--resume", action="store_true", help="go on from its last checkpoint")
    run_.add_argument("--profile", choices=("cpu", "cuda"), default="cpu")
    length = run_.add_mutually_exclusive_group()
    length.add_argument("--minutes", type=float, default=0.0, help="time that the run may take")
    length.add_argument("--updates", type=int, default=0, help="length in updates of the weights")
    run_.add_argument("--batch", type=int, help="tiles per forward pass")
    run_.add_argument("--accumulate", type=int, help="forward passes per update")
    run_.add_argument("--threads", type=int, default=0, help="of torch; 0 = its own choice")
    run_.add_argument("--seed", type=int, default=1)
    run_.add_argument("--lr", type=float, help="highest learning rate")
    run_.add_argument("--precision", choices=("auto", "fp32", "bf16", "fp16"), default="auto")
    run_.add_argument("--name", default="", help="of the resulting model (default: the folder's)")
    run_.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="any other setting of the run, for instance lesion_share=0.5 or loss.w_fn=0.6",
    )
    add_progress_option(parser)


def run(args: argparse.Namespace) -> int:
    """Train; returns the exit code."""
    # torch is loaded here, so that `--help` stays quick.
    from plantseg_gui.training.session import prepare_session

    reporter = Reporter(args.progress)
    token = CancelToken()
    interrupted = stop_on_signals(token)
    config, fixed = config_from_args(args)
    session = prepare_session(
        config,
        args.out,
        fixed=fixed,
        resume=args.resume,
        encoder_weights=args.encoder_weights,
        start=args.start,
        grow=args.grow_encoder,
        data=args.data,
        index=args.index,
        sources=[s for s in args.sources.split(",") if s],
        images=args.images,
        masks=args.masks,
        name=args.name,
        on_event=lambda event: _tell(reporter, event),
        progress=reporter.progress,
        token=token,
    )
    with session.store:
        try:
            finished = session.train()
        except AppError as error:
            session.store.emit(Error(str(error.category), error.what, error.do))
            raise
    reporter.finish()
    return EXIT_OK if finished or not interrupted.is_set() else EXIT_INTERRUPTED


def config_from_args(args: argparse.Namespace) -> tuple[Any, dict[str, Any]]:
    """The configuration, and what the person fixed on the command line (kept when resuming).

    Raises:
        InputError: a setting that is unknown or out of range.
    """
    from plantseg_gui.training.config import TrainConfig, profile_defaults

    given: dict[str, Any] = {"profile": args.profile, "seed": args.seed, "threads": args.threads}
    given["precision"] = args.precision
    for key in ("batch", "accumulate", "lr"):
        if getattr(args, key) is not None:
            given[key] = getattr(args, key)
    network = {"encoder": args.encoder, **read_pairs(args.network)}
    loss: dict[str, Any] = {}
    known = TrainConfig.__dataclass_fields__
    for key, value in read_pairs(args.set).items():
        if key.startswith("loss."):
            loss[key[5:]] = value
        elif key in known and key not in ("network", "loss"):
            given[key] = value
        else:
            raise InputError(f"There is no setting '{key}'.", f"Known: {', '.join(sorted(known))}.")
    minutes = args.minutes if args.minutes or args.updates else 60.0
    values = {**profile_defaults(args.profile), **given}
    try:
        config = TrainConfig(
            **values, updates=args.updates, minutes=minutes, network=network, loss=loss
        )
    except TypeError as error:
        raise InputError(f"A setting has the wrong type: {error}.") from error
    fixed: dict[str, Any] = {"threads": args.threads} if args.threads else {}
    if args.updates:
        fixed["updates"] = args.updates
    return config, fixed


def _tell(reporter: Reporter, event: Event) -> None:
    """Say an event on the terminal."""
    if reporter.json_lines:
        import sys

        say(event.to_line(), sys.stdout)
        return
    if isinstance(event, Step):
        reporter.progress(event.update, event.updates, f"loss {event.loss:.3f}")
    elif isinstance(event, Started):
        reporter.result(f"Training on {event.photos} photos, {event.device}, in {event.run_dir}.")
    elif isinstance(event, Trial):
        reporter.result(
            f"One update takes {event.seconds_per_update:.2f} s: {event.updates} updates, about "
            f"{event.estimated_s / 60:.0f} minutes."
        )
    elif isinstance(event, Epoch):
        parts = ", ".join(f"{k} {v:.3f}" for k, v in event.dice.items())
        best = " (best so far)" if event.best else ""
        reporter.result(f"Update {event.update}: Dice on held-out photos {parts}{best}")
    elif isinstance(event, Warning_):
        reporter.note(event.text)
    elif isinstance(event, Finished | Stopped):
        word = "Finished" if isinstance(event, Finished) else "Stopped; --resume goes on"
        reporter.result(f"{word}. Model: {event.model or 'none yet'}")
