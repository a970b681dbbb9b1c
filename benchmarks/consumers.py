"""Load our exports with the tools that they are made for, each in an environment of its own.

    python benchmarks/consumers.py [--tools supervision labelme ultralytics] [--work FOLDER]

Makes a virtual environment per tool below the work folder (kept for the next run), writes photos
and exports, lets the tool read them and compares what it sees with the label image, pixel by
pixel. Needs a package index. ultralytics takes torch from the environment that runs this script.
The last line is one JSON object: per tool the version, the smallest IoU of a lesion, and the
number of lesions; or the reason why it could not be run.

Expected: labelme and supervision's COCO (run lengths) 1.0. supervision rounds polygon corners
and paints the outline, so that every outline, whoever drew it, grows by a pixel to the right and
below: a lesion of one pixel becomes four (IoU 0.25). ultralytics draws the lines that join the
pieces of one lesion one pixel wide (about 0.92 for a lesion of two far pieces).
"""

import argparse
import json
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from plantseg_gui.storage.formats.annotation import Annotation, WriteOptions
from plantseg_gui.storage.formats.registry import write
from plantseg_gui.storage.masks import write_labels

_HEAD = """
import json, sys
from pathlib import Path
import numpy as np
from PIL import Image
root = Path(sys.argv[1])
out = {}
def expected(stem):
    return np.array(Image.open(root / "expected" / (stem + ".png"))).astype(int)
def compare(name, stem, masks):
    # masks: [H, W] bool, one for each lesion in the order of the file
    labels = expected(stem)
    ids = [i for i in np.unique(labels) if i not in (0, 65535)]
    worst = 1.0
    for i, mask in zip(ids, masks):
        want = labels == i
        worst = min(worst, float((want & mask).sum() / (want | mask).sum()))
    got = out.setdefault(name, {"lesions": 0, "expected": 0, "worst_iou": 1.0})
    got["lesions"] += len(masks)
    got["expected"] += len(ids)
    got["worst_iou"] = min(got["worst_iou"], worst)
"""

_SUPERVISION = """
import supervision as sv
out["version"] = sv.__version__
photos = str(root / "photos")
for name, folder in (("coco", "coco"), ("coco_polygons", "coco-polygons")):
    data = sv.DetectionDataset.from_coco(
        photos, str(root / folder / "annotations.json"), force_masks=True)
    for path, _, found in data:
        compare(name, Path(path).stem, [m for m, c in zip(found.mask, found.class_id) if c == 0])
data = sv.DetectionDataset.from_yolo(
    photos, str(root / "yolo" / "labels"), str(root / "yolo" / "data.yaml"), force_masks=True)
for path, _, found in data:
    compare("yolo", Path(path).stem, [m for m, c in zip(found.mask, found.class_id) if c == 0])
"""

_LABELME = """
import labelme
from labelme import utils
try:
    from labelme._label_file import LabelFile
except ImportError:
    from labelme.label_file import LabelFile
out["version"] = labelme.__version__
for name in ("labelme", "labelme-masks"):
    for file in sorted((root / name).glob("*.json")):
        shapes = LabelFile(str(file)).shapes
        size = expected(file.stem).shape
        groups = {}
        for number, shape in enumerate(shapes):
            if shape["label"] == "lesion":
                key = shape["group_id"] if shape["group_id"] is not None else f"own {number}"
                groups.setdefault(key, []).append(shape)
        masks = []
        for group in groups.values():
            _, ins = utils.shapes_to_label(size, group, {"lesion": 1})
            masks.append(ins > 0)
        compare(name, file.stem, masks)
"""

_ULTRALYTICS = """
import ultralytics
from ultralytics.data.utils import polygon2mask, verify_image_label
out["version"] = ultralytics.__version__
for file in sorted((root / "yolo" / "labels").glob("*.txt")):
    photo = root / "photos" / (file.stem + ".png")
    result = verify_image_label((str(photo), str(file), "", False, 2, 0, 0, False))
    classes, segments, problems = result[1][:, 0], result[3], result[8]
    if problems:
        out["problems"] = out.get("problems", 0) + problems
    labels = expected(file.stem)
    height, width = labels.shape
    masks = [
        polygon2mask((height, width), [(s * [width, height]).reshape(-1)], 1, 1) > 0
        for s, c in zip(segments, classes) if c == 0
    ]
    compare("yolo", file.stem, masks)
"""

# Tool → packages, whether to look into this script's environment for torch, and the check.
_TOOLS: dict[str, tuple[list[str], bool, str]] = {
    "supervision": (["supervision", "opencv-python-headless"], False, _SUPERVISION),
    "labelme": (["labelme"], False, _LABELME),
    "ultralytics": (
        ["--no-deps", "ultralytics", "ultralytics-thop", "ultralytics-platform", "polars",
         "polars-runtime-32", "requests", "certifi", "idna", "charset-normalizer", "urllib3",
         "pyyaml", "matplotlib", "contourpy", "cycler", "fonttools", "kiwisolver", "pyparsing",
         "python-dateutil", "six", "packaging", "nvidia-ml-py"],
        True,
        _ULTRALYTICS,
    ),
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tools", nargs="+", choices=list(_TOOLS), default=list(_TOOLS))
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "consumers")
    parser.add_argument("--timeout", type=float, default=600, help="seconds for each step")
    args = parser.parse_args()
    root = args.work / "data"
    _exports(root)
    results = {tool: _run(tool, args.work / tool, root, args.timeout) for tool in args.tools}
    print(json.dumps(results))


def _exports(root: Path) -> None:
    """Photos, what is drawn on them, and the exports."""
    items = [Annotation(f"{name}.png", labels) for name, labels in _drawings().items()]
    for item in items:
        photo = np.full((item.height, item.width, 3), 90, np.uint8)
        file = root / "photos" / item.name
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(photo).save(file)
        write_labels(root / "expected" / item.name, item.labels)
    options = WriteOptions(photos=root / "photos")
    for key in ("coco", "yolo", "labelme"):
        write(key, items, root / key, options)
    write("coco", items, root / "coco-polygons", WriteOptions(polygons=True))
    write(
        "labelme", items, root / "labelme-masks", WriteOptions(masks=True, photos=root / "photos")
    )


def _drawings() -> dict[str, np.ndarray]:
    """Blobs with holes, single pixels, touching lesions, a frame, unsure pixels."""
    rng = np.random.default_rng(1)
    noise = cv2.GaussianBlur(rng.random((240, 320)).astype(np.float32), (0, 0), 3)
    _, blobs = cv2.connectedComponents((noise > 0.51).astype(np.uint8), connectivity=4)
    blobs[:20, :20] = 0
    blobs[100:110, 50:90] = 65535
    small = np.zeros((40, 50), np.uint16)
    small[2, 2] = 1
    small[10:30, 10:20], small[10:30, 20:30] = 2, 3
    small[15:18, 13:16] = 0
    small[5, 30:45] = 4
    small[35:, 40:] = 5
    return {"blobs": blobs.astype(np.uint16), "small": small}


def _run(tool: str, venv: Path, root: Path, timeout: float) -> dict[str, object]:
    packages, shared, check = _TOOLS[tool]
    python = venv / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    try:
        if not (venv / "ready").is_file():
            _call([sys.executable, "-m", "venv", str(venv)], timeout)
            if shared:
                site = _call([str(python), "-c", _SITE], timeout).strip()
                (Path(site) / "shared.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
            _call([str(python), "-m", "pip", "install", "-q", *packages], timeout)
            (venv / "ready").touch()
        printed = _call([str(python), "-c", _HEAD + check + _TAIL, str(root)], timeout)
    except (subprocess.SubprocessError, OSError) as error:
        said = str(getattr(error, "stderr", "") or error).strip().splitlines()
        return {"error": said[-1][:300] if said else type(error).__name__}
    found: dict[str, object] = json.loads(printed.strip().splitlines()[-1])
    return found


_SITE = "import sysconfig; print(sysconfig.get_paths()['purelib'])"
_TAIL = "\nprint(json.dumps(out))\n"


def _call(command: list[str], timeout: float) -> str:
    # Headless, and no reports to anyone's server.
    env = {"QT_QPA_PLATFORM": "offscreen", "YOLO_OFFLINE": "true", "MPLBACKEND": "Agg"}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=timeout, check=True, env=_environment(env)
    )
    return done.stdout


def _environment(more: dict[str, str]) -> dict[str, str]:
    import os

    kept = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return {**kept, **more}


if __name__ == "__main__":
    main()
