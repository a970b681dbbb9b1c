"""`plantseg models`: the shelf of models, and what can be done with the versions on it."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from plantseg_gui.cli import models_compare
from plantseg_gui.cli.session import find_model
from plantseg_gui.cli.terminal import EXIT_OK, one_line, say
from plantseg_gui.core.errors import InputError
from plantseg_gui.core.model_meta import ModelMeta
from plantseg_gui.storage.model_archive import export_model, import_model
from plantseg_gui.storage.model_prune import PrunePlan, plan_prune, prune
from plantseg_gui.storage.model_tree import State, Version, find, list_versions, set_title
from plantseg_gui.storage.models import (
    CARD,
    add_version,
    default_model,
    go_back,
    read_model,
    set_default,
)
from plantseg_gui.storage.shelf_record import set_notes, set_star


def add_parser(subparsers: Any) -> None:
    """Add the command's options."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "models", help="the shelf of models", description="The shelf of models."
    )
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    listing = acts.add_parser("list", help="all models; * marks the default")
    listing.add_argument("--json", action="store_true", help="as JSON")
    show = acts.add_parser("show", help="what is known about one model")
    show.add_argument("name", nargs="?", metavar="NAME|DIR", help="the default model if left out")
    show.add_argument("--json", action="store_true", help="as JSON")
    acts.add_parser("tree", help="each version below the one that it was retrained from")
    for act, text in (
        ("use", "look at photos with this version from now on"),
        ("star", "mark a version: it is found again, and never pruned"),
        ("unstar", "take the star away"),
    ):
        _with_name(acts, act, text)
    acts.add_parser("back", help="use the version that was in use before")
    _with_name(acts, "rename", "give a version a title; its name stays").add_argument(
        "title", metavar="TITLE", help='"" takes the title away'
    )
    _with_name(acts, "note", "replace your notes on a version").add_argument(
        "text", metavar="TEXT", help='"" takes the notes away'
    )
    _with_name(acts, "export", "write a version as one zip file").add_argument(
        "file", type=Path, metavar="FILE.zip"
    )
    bring = acts.add_parser("import", help="put an exported version onto the shelf")
    bring.add_argument("file", type=Path, metavar="FILE.zip|DIR", help="or a model folder")
    bring.add_argument("--candidate", action="store_true", help="mark it as not chosen yet")
    cut = acts.add_parser(
        "prune",
        help="delete versions; without names: what may go, and what that frees",
        description="Without names nothing is deleted. Shipped models, the one in use and starred "
        "ones never are. Export first what you may want again.",
    )
    cut.add_argument("names", nargs="*", metavar="NAME")
    models_compare.add_parser(acts)


def run(args: argparse.Namespace) -> int:
    """Do one act.

    Raises:
        AppError: no such model, a damaged one, or a place that cannot be written to.
    """
    if args.act == "compare":
        return models_compare.compare(args)
    _ACTS[args.act](args)
    return EXIT_OK


def _with_name(acts: Any, act: str, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = acts.add_parser(act, help=text)
    parser.add_argument("name", metavar="NAME", help="name or title of a version")
    return parser


def _name(args: argparse.Namespace) -> str:
    """The name of the version that was asked for, by name or title."""
    return find(list_versions(""), args.name).name


def _list(args: argparse.Namespace) -> None:
    versions = list_versions(_default_name())
    if args.json:
        rows = [_row(version) for version in versions]
        say(json.dumps(rows, indent=2, allow_nan=False), sys.stdout)
        return
    if not versions:
        say("No model is installed.", sys.stdout)
    width = max((len(v.name) for v in versions), default=0)
    for version in versions:
        mark = "*" if version.state is State.IN_USE else " "
        say(f"{mark} {one_line(version.name):<{width}}  {_origin(version)}", sys.stdout)


def _tree(args: argparse.Namespace) -> None:
    for version in list_versions(_default_name()):
        told = [str(version.state)]
        if version.photos is not None:
            told.append(f"{version.photos} photo{'s' if version.photos != 1 else ''}")
        if version.dice is not None:
            told.append("Dice {:.2f} → {:.2f}".format(*version.dice))
        if version.record.meta.created:
            told.append(version.record.meta.created[:10])
        if version.record.meta.parent and not version.parent:
            told.append(f"from {version.record.meta.parent}, which is not here")
        star = "★ " if version.entry.starred else ""
        called = f" “{version.entry.title}”" if version.entry.title else ""
        line = f"{'   ' * version.depth}{star}{version.name}{called}  ({', '.join(told)})"
        say(one_line(line), sys.stdout)


def _show(args: argparse.Namespace) -> None:
    folder = find_model(args.name)
    meta = read_model(folder).meta
    mine = [v for v in list_versions("") if v.record.folder == folder]
    if args.json:
        content = {**meta.to_json(), "folder": str(folder)}
        if mine:
            content |= {"title": mine[0].title, "own_notes": mine[0].entry.notes}
        say(json.dumps(content, indent=2, allow_nan=False), sys.stdout)
        return
    for line in _description(meta, folder, mine):
        say(one_line(line), sys.stdout)
    card = _read_card(folder)
    if card:
        say("", sys.stdout)
        for line in card.splitlines():
            say(one_line(line), sys.stdout)


def _use(args: argparse.Namespace) -> None:
    name = _name(args)
    set_default(name)
    say(f"In use: {name}", sys.stdout)


def _back(args: argparse.Namespace) -> None:
    say(f"In use: {go_back()}", sys.stdout)


def _export(args: argparse.Namespace) -> None:
    export_model(_name(args), args.file)
    say(one_line(f"written to {args.file}"), sys.stdout)


def _import(args: argparse.Namespace) -> None:
    bring = add_version if args.file.is_dir() else import_model
    record = bring(args.file, candidate=args.candidate)
    say(f"On the shelf as {record.name}", sys.stdout)


def _prune(args: argparse.Namespace) -> None:
    current = _default_name()
    plan = plan_prune(current)
    if not args.names:
        _tell_plan(plan)
        return
    versions = list_versions(current)
    names = list(dict.fromkeys(find(versions, name).name for name in args.names))
    freed = prune(names, current)
    say(f"Deleted: {', '.join(names)}; {_mb(freed)} freed", sys.stdout)


def _tell_plan(plan: PrunePlan) -> None:
    for row in plan.rows:
        reason = row.blocked or row.warning
        verb = "stays" if row.blocked else "may go"
        told = f"{verb}: {reason}" if reason else verb
        say(one_line(f"{row.version.name}  {_mb(row.size_bytes)}  {told}"), sys.stdout)
    if plan.leftovers:
        say(f"left by crashes: {_mb(plan.leftover_bytes)}, cleared with any of them", sys.stdout)
    easy = [row.version.name for row in plan.rows if row.suggested]
    say(f"{_mb(plan.frees(easy))} without a reason to stay: {', '.join(easy) or '-'}", sys.stdout)


_ACTS: dict[str, Callable[[argparse.Namespace], None]] = {
    "list": _list,
    "show": _show,
    "tree": _tree,
    "use": _use,
    "back": _back,
    "star": lambda args: set_star(_name(args), True),
    "unstar": lambda args: set_star(_name(args), False),
    "rename": lambda args: set_title(_name(args), args.title),
    "note": lambda args: set_notes(_name(args), args.text),
    "export": _export,
    "import": _import,
    "prune": _prune,
}


def _row(version: Version) -> dict[str, Any]:
    record = version.record
    return {
        "name": version.name,
        "title": version.title,
        "folder": str(record.folder),
        "shipped": record.shipped,
        "default": version.state is State.IN_USE,
        "state": str(version.state),
        "starred": version.entry.starred,
        "parent": record.meta.parent,
        "depth": version.depth,
        "created": record.meta.created,
        "photos": version.photos,
        "dice": None if version.dice is None else list(version.dice),
        "damaged": record.damaged or None,
    }


def _origin(version: Version) -> str:
    record = version.record
    if record.damaged:
        return one_line(f"damaged: {record.damaged}")
    came = "came with the program" if record.shipped else "yours"
    came = "candidate" if version.entry.candidate else came
    called = f"“{version.entry.title}”, " if version.entry.title else ""
    star = "★ " if version.entry.starred else ""
    parent = f", retrained from {record.meta.parent}" if record.meta.parent else ""
    created = f", {record.meta.created[:10]}" if record.meta.created else ""
    return one_line(f"{star}{called}{came}{parent}{created}")


def _description(meta: ModelMeta, folder: Path, mine: list[Version]) -> list[str]:
    network = meta.network
    lines = [
        f"name        {meta.name}",
        f"folder      {folder}",
        f"network     {network.get('generation')}, encoder {network.get('encoder')}",
        f"threshold   {meta.threshold:.3f}",
        f"calibration temperature {meta.temperature:.3f}, bias {meta.bias:+.3f}",
    ]
    if mine and mine[0].entry.title:
        lines.insert(1, f"title       {mine[0].entry.title}")
    for head, text in (("parent", meta.parent), ("created", meta.created), ("notes", meta.notes)):
        if text:
            lines.append(f"{head:<11} {text}")
    if mine and mine[0].entry.notes:
        lines += [f"my notes    {line}" for line in mine[0].entry.notes.splitlines()]
    return lines


def _default_name() -> str:
    try:
        return default_model()
    except InputError:
        return ""


def _read_card(folder: Path) -> str:
    try:
        return (folder / CARD).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""  # a model without a card is complete


def _mb(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
