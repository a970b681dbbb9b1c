"""`plantseg models list | show`: the shelf of models."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from plantseg_gui.cli.session import find_model
from plantseg_gui.cli.terminal import EXIT_OK, one_line, say
from plantseg_gui.core.errors import InputError
from plantseg_gui.core.model_meta import ModelMeta
from plantseg_gui.storage.models import (
    CARD,
    ModelRecord,
    default_model,
    list_models,
    read_model,
)


def add_parser(subparsers: Any) -> None:
    """Add the command's options."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "models", help="list the models, or show one", description="The shelf of models."
    )
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    listing = acts.add_parser("list", help="all models; * marks the default")
    listing.add_argument("--json", action="store_true", help="as JSON")
    show = acts.add_parser("show", help="what is known about one model")
    show.add_argument("name", nargs="?", metavar="NAME|DIR", help="the default model if left out")
    show.add_argument("--json", action="store_true", help="as JSON")


def run(args: argparse.Namespace) -> int:
    """List the models or show one.

    Raises:
        AppError: no such model, or a damaged one.
    """
    if args.act == "list":
        _list(args.json)
    else:
        _show(args.name, args.json)
    return EXIT_OK


def _list(as_json: bool) -> None:
    records = list_models()
    default = _default_name()
    if as_json:
        rows = [_row(record, default) for record in records]
        say(json.dumps(rows, indent=2, allow_nan=False), sys.stdout)
        return
    if not records:
        say("No model is installed.", sys.stdout)
        return
    width = max(len(record.name) for record in records)
    for record in records:
        mark = "*" if record.name == default else " "
        say(f"{mark} {one_line(record.name):<{width}}  {_origin(record)}", sys.stdout)


def _show(name: str | None, as_json: bool) -> None:
    folder = find_model(name)
    meta = read_model(folder).meta
    if as_json:
        content = {**meta.to_json(), "folder": str(folder)}
        say(json.dumps(content, indent=2, allow_nan=False), sys.stdout)
        return
    for line in _description(meta, folder):
        say(one_line(line), sys.stdout)
    card = _read_card(folder)
    if card:
        say("", sys.stdout)
        for line in card.splitlines():
            say(one_line(line), sys.stdout)


def _row(record: ModelRecord, default: str) -> dict[str, Any]:
    return {
        "name": record.name,
        "folder": str(record.folder),
        "shipped": record.shipped,
        "default": record.name == default,
        "parent": record.meta.parent,
        "created": record.meta.created,
        "damaged": record.damaged or None,
    }


def _origin(record: ModelRecord) -> str:
    if record.damaged:
        return one_line(f"damaged: {record.damaged}")
    came = "came with the program" if record.shipped else "yours"
    parent = f", retrained from {record.meta.parent}" if record.meta.parent else ""
    created = f", {record.meta.created[:10]}" if record.meta.created else ""
    return one_line(f"{came}{parent}{created}")


def _description(meta: ModelMeta, folder: Path) -> list[str]:
    network = meta.network
    lines = [
        f"name        {meta.name}",
        f"folder      {folder}",
        f"network     {network.get('generation')}, encoder {network.get('encoder')}",
        f"threshold   {meta.threshold:.3f}",
        f"calibration temperature {meta.temperature:.3f}, bias {meta.bias:+.3f}",
    ]
    if meta.parent:
        lines.append(f"parent      {meta.parent}")
    if meta.created:
        lines.append(f"created     {meta.created}")
    if meta.notes:
        lines.append(f"notes       {meta.notes}")
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
