"""Files made to hurt: each ends in an InputError or a note, soon, and in little memory."""

import base64
import io
import json
import os
import pickle
import random
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plantseg_gui.core.errors import AppError, InputError
from plantseg_gui.storage.formats.annotation import Annotation, Entry, Failure
from plantseg_gui.storage.formats.pairing import PhotoRef, Status, preview
from plantseg_gui.storage.formats.registry import detect, read_all, write
from tests.storage.formats.helpers import EXACT, ring

# Processor time; beside another worker of the tests the same work takes somewhat longer.
HANG_S = 8.0 if "PYTEST_XDIST_WORKER" in os.environ else 5.0
MEMORY = 1 << 30


def read_whole(path: Path, key: str = "") -> list[Annotation | Failure]:
    """Everything in a file, drawn; what must not happen fails the test."""
    before, peak = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    out: list[Annotation | Failure] = []
    for found in read_all(path, key):
        if isinstance(found, Failure):
            assert isinstance(found.error, InputError)
            assert str(path.name) in str(found.error)
            out.append(found)
            continue
        try:
            out.append(found.decode(*((found.width, found.height) if found.sized else (40, 30))))
        except AppError as error:
            out.append(Failure(path, found.name, InputError(error.what, error.do)))
    assert time.process_time() - before < HANG_S
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak) * 1024 < MEMORY
    return out


def valid_files(folder: Path) -> list[tuple[str, Path]]:
    files = []
    for key in EXACT:
        place = folder / key.replace(" ", "-")
        written = write(key.split()[0], [Annotation("a.png", ring())], place)
        files.append((key.split()[0], written.files[0]))
    written = write("png-binary", [Annotation("a.png", ring())], folder / "b")
    return [*files, ("png-binary", written.files[0])]


def mutated(data: bytes, rng: random.Random) -> bytes:
    """Bytes changed, cut, doubled or replaced by what breaks parsers."""
    raw = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 5, 20])):
        at = rng.randrange(len(raw) + 1)
        act = rng.randrange(6)
        if act == 0 and raw:
            raw[at % len(raw)] = rng.randrange(256)
        elif act == 1:
            del raw[at : at + rng.randrange(1, 30)]
        elif act == 2:
            raw[at:at] = raw[at : at + rng.randrange(1, 60)]
        elif act == 3:
            odd = [b"1e999", b"-1", b"NaN", b"[", b"{", b"null", b"99999999999", b'"', b"\xff\xff"]
            raw[at : at + rng.randrange(6)] = rng.choice(odd)
        elif act == 4 and raw:
            raw[at % len(raw)] ^= 1 << rng.randrange(8)
        else:
            raw[at : at + 4] = os.urandom(4)
    return bytes(raw)


ODD = [
    None, True, -1, 0, 0.5, 1e308, 10**30, -(10**12), float("inf"), float("nan"), "", "x", "7",
    [], {}, [[]], [0, 0], [[0, 0], [1e9, 1e9], [0, 1e9]], "../../etc/passwd", "a\x00b", 65536,
]  # fmt: skip


def mutated_json(data: bytes, rng: random.Random) -> bytes:
    """One to five values anywhere in the tree replaced, removed, doubled or nested."""
    tree = json.loads(data)
    for _ in range(rng.choice([1, 1, 2, 5])):
        node, parent, key = tree, None, None
        while isinstance(node, dict | list) and node and rng.random() < 0.85:
            parent = node
            key = rng.choice(list(node)) if isinstance(node, dict) else rng.randrange(len(node))
            node = node[key]
        if parent is None:
            continue
        act = rng.randrange(4)
        if act == 0:
            del parent[key]
        elif act == 1 and isinstance(parent, list):
            parent.insert(key, node)
        elif act == 2:
            parent[key] = [node]
        else:
            parent[key] = rng.choice(ODD)
    return json.dumps(tree).encode()


def fuzz(folder: Path, rounds: int, seed: int) -> None:
    files = [(key, path, path.read_bytes()) for key, path in valid_files(folder)]
    rng = random.Random(seed)
    target = folder / "fuzz"
    target.mkdir()
    drawn = 0
    for number in range(rounds):
        key, path, data = files[number % len(files)]
        broken = target / path.name
        tree = path.suffix == ".json" and rng.random() < 0.7
        broken.write_bytes((mutated_json if tree else mutated)(data, rng))
        found = read_whole(broken, key if number % 3 else "")
        drawn += any(isinstance(one, Annotation) for one in found)
    # Else the files would be refused at the door and nothing behind it be tested.
    assert drawn > rounds / 5


def test_mutations(tmp_path: Path) -> None:
    fuzz(tmp_path, 300, 1)


@pytest.mark.slow
def test_many_mutations(tmp_path: Path) -> None:
    fuzz(tmp_path, 10_000, int.from_bytes(os.urandom(4)))


def npy(payload: bytes) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        buffer, {"descr": "|O", "fortran_order": False, "shape": ()}
    )
    return buffer.getvalue() + payload


class Attack:
    """What numpy.load would run."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (open, ("attacked", "w"))


@pytest.mark.parametrize("protocol", range(6))
def test_pickle_attack_is_refused(
    tmp_path: Path, protocol: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "a_seg.npy"
    file.write_bytes(npy(pickle.dumps({"masks": Attack()}, protocol=protocol)))
    (found,) = read_whole(file)
    assert isinstance(found, Failure)
    assert "instructions" in found.error.what
    assert not (tmp_path / "attacked").exists()


@pytest.mark.parametrize(
    "payload",
    [
        b"cbuiltins\neval\n(S'1'\ntR.",
        b"cnumpy\nndarray\n((I1000000000\ntR.",
        b"\x80\x02]r\xff\xff\xff\x7f.",
        b"\x80\x04" + b")" + b"\x85" * 900_000 + b"}\x94" + b"(h\x00K\x01u.",
        b"\x80\x04}(" + b")" + b"\x85" * 900_000 + b"K\x01u.",
        b"\x80\x04]\x94" + b"h\x00a" * 400_000 + b".",
        b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7f].",
        b"\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\x7fx.",
        b"\x80\x04" + b"N" * 3_000_000 + b".",
        b"cnumpy\ndtype\n(S'V1000000000'\ntR.",
        b"cnumpy.core.multiarray\n_reconstruct\n(tR(I1\n(I100000\nI100000\ntcnumpy\ndtype\n(S'u1'\ntRI0\nS'x'\ntb.",
    ],
)
def test_odd_pickles(tmp_path: Path, payload: bytes) -> None:
    file = tmp_path / "a_seg.npy"
    file.write_bytes(npy(payload))
    (found,) = read_whole(file)
    assert isinstance(found, Failure)


@pytest.mark.parametrize("protocol", range(2, 5))
def test_what_numpy_saves_is_read(tmp_path: Path, protocol: int) -> None:
    content = {
        "masks": np.asfortranarray(np.arange(6, dtype=">i4").reshape(2, 3)),
        "outlines": [np.array([[1.5, 2.0]]), np.zeros((0, 2), np.int16)],
        "filename": "C:\\data\\leaf 1.tif",
        "diameter": np.float64(3.5),
        "colors": np.zeros((5, 3), np.uint8),
        "manual_changes": [["now", "added mask", [np.arange(3), np.arange(3)]]],
        "nested": np.array([{"a": None}, ("x", True)], dtype=object),
        "flows": [[], [[]]],
    }
    file = tmp_path / "x_seg.npy"
    file.write_bytes(npy(pickle.dumps(np.array(content, dtype=object), protocol=protocol)))
    (found,) = read_all(file)
    assert isinstance(found, Entry)
    assert found.name == "leaf 1.tif"
    np.testing.assert_array_equal(found.annotation().labels, [[0, 1, 2], [3, 4, 5]])


def coco(**changes: Any) -> dict[str, Any]:
    data: dict[str, Any] = {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 40, "height": 30}],
        "annotations": [{"image_id": 1, "category_id": 1, "segmentation": [[1, 1, 5, 1, 5, 5]]}],
        "categories": [{"id": 1, "name": "lesion"}],
    }
    return {**data, **changes}


def shapes(*points: object, **more: Any) -> dict[str, Any]:
    found = [{"label": "x", "points": p, "shape_type": "polygon", **more} for p in points]
    return {"shapes": found, "imagePath": "a.jpg", "imageWidth": 40, "imageHeight": 30}


ZIGZAG = np.random.default_rng(0).integers(-(10**6), 10**6, (200_000, 2)).tolist()
HUGE = {"id": 1, "file_name": "a.jpg", "width": 10**6, "height": 10**6}
HOSTILE: dict[str, bytes] = {
    "deep.json": b"[" * 200_000,
    "deep2.json": b'{"shapes":' * 50_000,
    "many.json": b'{"shapes":[' + b"[]," * 20_000_000 + b"[]]}",
    "digits.json": b'{"images":[' + b"9" * 50_000 + b'],"annotations":[]}',
    "huge.json": json.dumps(coco(images=[HUGE])).encode(),
    "inf.json": json.dumps(shapes([[float("inf"), 1], [2, 2], [3, 1]])).encode(),
    "big.json": json.dumps(shapes([[1e308, -1e308], [1e308, 1e308], [-1e308, 0]])).encode(),
    "bigint.json": json.dumps(shapes([[10**400, 1], [2, 2], [3, 1]])).encode(),
    "types.json": json.dumps(
        shapes("x", None, 3, [[1]], [["a", "b"]], [{}], [[1, 2, 3]], [[True, None]])
    ).encode(),
    "counts.json": json.dumps(
        coco(
            annotations=[
                {"image_id": 1, "segmentation": {"size": [30, 40], "counts": [10**18, -(10**18)]}}
            ]
        )
    ).encode(),
    "mask.json": json.dumps(
        shapes([[0, 0], [1, 1]], shape_type="mask", mask=base64.b64encode(b"\x89PNG").decode())
    ).encode(),
    "classes.json": json.dumps(
        coco(categories={"id": []}, annotations=[[], {"image_id": []}])
    ).encode(),
    "nan_yolo.txt": b"0 nan inf 0.1 0.1 0.2 0.2\n1 2 3\nx y z\n0 -9e99 0 9e99 1 1 0\n",
    "not_text.txt": bytes(range(256)) * 10,
    "lines.txt": b"0 0.1 0.1 0.2 0.2 0.3 0.1\n" * 200_000,
    "empty.json": b"",
    "isat.json": json.dumps(
        {
            "info": {"name": ["a"], "width": "4e1", "height": 30},
            "objects": [{"layer": {}, "group": "x", "segmentation": [[0, 0], [9, 9], [0, 9]]}, 7],
        }
    ).encode(),
    "a_seg.npy": b"\x93NUMPY\x01\x00\x76\x00{'descr': '|O', 'fortran_order': False, 'shape': (), }",
    "flat_seg.npy": b"\x93NUMPY\x01\x00\x0a\x00" + b"(" * 10,
    "x.h5": b"\x89HDF\r\n\x1a\n" + bytes(2000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(HOSTILE[name])
    for found in read_whole(file):
        if isinstance(found, Annotation):
            assert found.empty or found.notes or name in ("isat.json", "big.json", "lines.txt")


def test_a_million_vertices(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text(json.dumps(shapes(*[ZIGZAG] * 5)))
    (found,) = read_whole(file)
    assert isinstance(found, Annotation)


def test_too_much_work_is_noted(tmp_path: Path) -> None:
    data = shapes(*[[[0, 0], [9000, 8000], [0, 9000]] * 5000] * 3)
    data.update(imageWidth=9000, imageHeight=9000)
    file = tmp_path / "a.json"
    file.write_text(json.dumps(data))
    (found,) = read_whole(file)
    assert isinstance(found, Annotation)
    assert any("take too long" in note for note in found.notes)


def test_a_photo_is_no_mask(tmp_path: Path) -> None:
    from PIL import Image

    noise = np.random.default_rng(0).integers(0, 255, (60, 80, 3)).astype(np.uint8)
    Image.fromarray(noise).save(tmp_path / "a.png")
    rows = preview(read_all(tmp_path / "a.png"), [PhotoRef("1", "a.png", 80, 60)])
    assert rows[0].status is Status.DAMAGED
    assert "looks like a photo" in rows[0].reason


@pytest.mark.parametrize("name", ["a.xyz", "a.json", "a.txt", "a.png", "a.npy", "a.h5"])
def test_detection_of_rubbish(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(b"[1, 2, 3]")
    with tempfile.TemporaryDirectory() as empty, pytest.raises(InputError):
        detect(Path(empty))
    try:
        key = detect(file)
    except InputError:
        return
    assert all(isinstance(found, Failure) for found in read_all(file, key))


def test_missing_and_unknown(tmp_path: Path) -> None:
    (found,) = read_whole(tmp_path / "gone.json")
    assert isinstance(found, Failure)
    with pytest.raises(InputError):
        list(read_all(tmp_path, "nonsense"))
    with pytest.raises(InputError):
        list(read_all(tmp_path))
    with pytest.raises(InputError):
        write("nonsense", [], tmp_path)
