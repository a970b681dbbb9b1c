"""Model folders that are whole as far as the shelf looks: nothing loads their weights."""

import json
import struct
from pathlib import Path

from plantseg_gui.core.model_meta import ModelMeta


def make_model(folder: Path, *, content: bytes = b"1234", **changes: object) -> Path:
    """A model folder.

    Args:
        folder: Created.
        content: Bytes of its only tensor.
        changes: Fields of its config.json.
    """
    folder.mkdir(parents=True)
    place = {"dtype": "U8", "shape": [len(content)], "data_offsets": [0, len(content)]}
    header = json.dumps({"w": place}).encode()
    weights = struct.pack("<Q", len(header)) + header + content
    (folder / "weights.safetensors").write_bytes(weights)
    meta = ModelMeta(folder.name, {"encoder": "x"}).to_json() | changes
    (folder / "config.json").write_text(json.dumps(meta))
    (folder / "card.md").write_text("# card")
    return folder
