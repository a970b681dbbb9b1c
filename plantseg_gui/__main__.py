"""The entry point of both commands: `plantseg-gui` (the window) and `plantseg` (the command line).

Start order: the thread policy is put into the environment first, because torch reads it when it is
loaded; then the chosen command's own module is imported, and only that one. So `plantseg --help`
loads neither Qt nor torch, and the window is on screen before torch is touched.

To add a command: one line in `COMMANDS`, and a module in `cli/` with `add_parser(subparsers)`
(adds a parser of the command's name) and `run(args) -> int` (the exit code).
"""

import plantseg_gui.threads_env  # noqa: F401, I001 - before anything that may load torch

import argparse
import importlib
import sys
from collections.abc import Sequence
from typing import NamedTuple

from plantseg_gui import __version__

EXIT_USAGE = 2


class Command(NamedTuple):
    """Where a command lives and what it does, known without importing it."""

    module: str
    summary: str


COMMANDS: dict[str, Command] = {
    "gui": Command("", "open the window (the same as plantseg-gui)"),
    "predict": Command("plantseg_gui.cli.predict", "find the lesions in photos"),
    "evaluate": Command("plantseg_gui.cli.evaluate", "compare a model with masks drawn by people"),
    "train": Command("plantseg_gui.cli.train", "train a model from photos and masks"),
    "finetune": Command("plantseg_gui.cli.finetune", "retrain a model on your corrected photos"),
    "ask": Command("plantseg_gui.cli.ask", "say which photos to correct next"),
    "calibrate": Command("plantseg_gui.cli.calibrate", "fit a model's probabilities and threshold"),
    "models": Command("plantseg_gui.cli.models", "the shelf of models: list, compare, export …"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: Arguments without the program's name; None reads `sys.argv`.

    Returns:
        Exit code: 0 done; 1 done, but some files failed; 2 nothing done (usage, model, set-up);
        130 stopped with Ctrl-C.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    name = next((a for a in arguments if not a.startswith("-")), None)
    if name == "gui":
        return main_gui(arguments[arguments.index("gui") + 1 :])
    from plantseg_gui.cli.terminal import guarded, say_error

    parser, subparsers = _top_parser()
    module = None
    if name in COMMANDS:
        try:
            module = importlib.import_module(COMMANDS[name].module)
        except ModuleNotFoundError as error:
            # The other commands must go on working where one part or one library is missing.
            say_error(f"{error.name} is not installed.", "Install the program again: pip install .")
            return EXIT_USAGE
        module.add_parser(subparsers)
    for other, command in COMMANDS.items():
        if other != name:
            subparsers.add_parser(other, help=command.summary)
    try:
        args = parser.parse_args(arguments)
    except SystemExit as stop:
        # argparse ends the program by itself for --help, --version and wrong usage.
        return stop.code if isinstance(stop.code, int) else EXIT_USAGE
    if module is None:
        parser.print_help(sys.stderr)
        return EXIT_USAGE
    return guarded(lambda: int(module.run(args)))


def main_gui(argv: Sequence[str] | None = None) -> int:
    """Open the window; what `plantseg-gui` runs.

    Args:
        argv: Arguments without the program's name; None reads `sys.argv`.

    Returns:
        Exit code of the window; 2 where it cannot open, with one line that says why.
    """
    parser = argparse.ArgumentParser(
        prog="plantseg-gui", description="Find, correct and measure lesions on leaf photos."
    )
    parser.add_argument("paths", nargs="*", metavar="PATH", help="a folder of photos, or photos")
    parser.add_argument("--demo", action="store_true", help="open leaves drawn by the program")
    parser.add_argument(
        "--version", action="version", version=f"PlantSeg-Next Studio {__version__}"
    )
    try:
        args = parser.parse_args(sys.argv[1:] if argv is None else list(argv))
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else EXIT_USAGE

    from plantseg_gui.startup_checks import find_obstacle

    obstacle = find_obstacle()
    if obstacle:
        sys.stderr.write(f"plantseg-gui: {obstacle}\n")
        return EXIT_USAGE

    from plantseg_gui.ui.app import run_window

    return int(run_window(paths=args.paths, demo=args.demo))


def _top_parser() -> tuple[
    argparse.ArgumentParser, "argparse._SubParsersAction[argparse.ArgumentParser]"
]:
    parser = argparse.ArgumentParser(
        prog="plantseg",
        description="PlantSeg-Next Studio: leaf-disease segmentation on your own machine.",
        epilog="'plantseg COMMAND --help' tells a command's options.",
    )
    parser.add_argument(
        "--version", action="version", version=f"PlantSeg-Next Studio {__version__}"
    )
    return parser, parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")


if __name__ == "__main__":
    sys.exit(main())
