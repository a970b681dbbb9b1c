"""Pictures, array files, edits and the journal."""

import hashlib
import io
import struct
import zlib

import numpy as np
import tifffile
from PIL import Image

from plantseg_gui.core.edits import Edit, make_patches, make_touch_patches
from plantseg_gui.core.errors import AppError, StorageError
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.labels import LabelImage
from plantseg_gui.core.operations import Op, Operation
from plantseg_gui.core.resume import resume_document
from plantseg_gui.storage import arrays as array_file
from plantseg_gui.storage import journal
from plantseg_gui.storage.arrays import PhotoArrays
from plantseg_gui.storage.images import read_photo, read_photo_info, thumbnail
from plantseg_gui.storage.photo_once import read_photo_once
from plantseg_gui.storage.project import Entry, Project
from plantseg_gui.storage.project_work import Work
from tests.helpers.fuzz import Target
from tests.helpers.icc import grey_profile, ink_profile, rgb_profile
from tests.storage.conftest import draw_photo, make_prediction

RGB = np.random.default_rng(5).integers(0, 256, (20, 30, 3), np.uint8)
_PNG_HEAD = b"\x89PNG\r\n\x1a\n"


class Photos(Target):
    """Every way a photo is read."""

    def seeds(self):
        exif = Image.Exif()
        exif[0x0112] = 6
        exif[0x010F] = "Maker"
        exif.get_ifd(0x8825).update({1: "N", 2: (51.0, 2.0, 3.0), 3: "E", 4: (7.0, 8.0, 9.0)})
        exif.get_ifd(0x8769).update({36867: "2024:05:06 07:08:09", 33434: 0.01})
        extra = {"exif": exif.tobytes(), "icc_profile": rgb_profile()}
        grey = Image.fromarray(RGB[..., 0])
        plain = Image.fromarray(RGB)
        alpha = Image.fromarray(np.dstack([RGB, RGB[..., :1]]))
        deep = (RGB.astype(np.uint16) * 257)[..., 0]
        tiff = ("tiff_adobe_deflate", "tiff_lzw", "jpeg", "packbits", "raw")
        return {
            "x.jpg": [
                _saved(plain, "JPEG", **extra),
                _saved(plain, "JPEG", progressive=True, exif=extra["exif"]),
                _saved(plain.convert("CMYK"), "JPEG", icc_profile=ink_profile()),
                _saved(grey, "JPEG", icc_profile=grey_profile()),
            ],
            "x.png": _pngs(plain, grey, alpha, deep, extra),
            "repaired.png": _pngs(plain, grey, alpha, deep, extra),
            "x.tif": [
                *(_saved(plain, "TIFF", compression=c, icc_profile=rgb_profile()) for c in tiff),
                _saved(plain, "TIFF", exif=extra["exif"]),
                _saved(plain.convert("P"), "TIFF"),
                _saved(grey.convert("1"), "TIFF", compression="group4"),
                _tiff(RGB.astype(np.uint16), tile=(16, 16), compression="zlib"),
                _tiff(RGB, tile=(16, 16), photometric="rgb", iccprofile=rgb_profile()),
                _tiff(deep, rowsperstrip=4, predictor=True, compression="zlib"),
                _tiff(RGB.astype(np.float32) / 255, bigtiff=True, photometric="rgb"),
                _tiff(np.stack([RGB] * 3), photometric="rgb"),
            ],
            "x.webp": [
                _saved(plain, "WEBP", **extra),
                _saved(alpha, "WEBP", lossless=True, exif=extra["exif"]),
            ],
            "x.bmp": [
                *(_saved(image, "BMP") for image in (plain, grey, alpha, plain.convert("P"))),
                _saved(grey.convert("1"), "BMP"),
            ],
        }

    def repair(self, name, data):
        return _with_png_sums(data) if name == "repaired.png" else data

    def read(self, name, data):
        path = self.folder / name
        path.write_bytes(data)
        faults = []
        for read in (read_photo_once, read_photo, read_photo_info, lambda p: thumbnail(p, 16)):
            try:
                found = read(path)
            except AppError as error:
                faults.append(error)
                continue
            if read is read_photo_once:
                assert found.pixels.ndim == 3
                assert found.pixels.dtype == np.uint8
                assert found.pixels.shape[:2] == (found.facts.height, found.facts.width)
                assert -90 <= (found.facts.latitude or 0) <= 90
        assert all(name in fault.what for fault in faults)
        if faults:
            raise faults[0]


def _saved(image, kind, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format=kind, **options)
    return buffer.getvalue()


def _tiff(pixels, **options) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, pixels, **options)
    return buffer.getvalue()


def _pngs(plain, grey, alpha, deep, extra):
    dark = Image.fromarray(RGB // 20)
    return [
        *(_saved(image, "PNG", **extra) for image in (plain, alpha, dark)),
        *(_saved(image, "PNG") for image in (grey, plain.convert("P"), grey.convert("1"))),
        _saved(Image.fromarray(deep), "PNG"),
        _deep_png(),
    ]


def _deep_png() -> bytes:
    import cv2

    return bytes(cv2.imencode(".png", RGB.astype(np.uint16) * 16)[1])


def _with_png_sums(data: bytes) -> bytes:
    """Every chunk's check sum put right, as far as the lengths can be followed."""
    out, place = bytearray(data), len(_PNG_HEAD)
    while place + 12 <= len(out):
        (length,) = struct.unpack_from(">I", out, place)
        end = place + 8 + length
        if end + 4 > len(out):
            break
        struct.pack_into(">I", out, end, zlib.crc32(out[place + 4 : end]))
        place = end + 4
    return bytes(out)


class Arrays(Target):
    """An array file; any damage must be noticed."""

    def seeds(self):
        prediction = make_prediction()
        labels = np.full((24, 32), 2, np.uint16)
        whole = PhotoArrays(labels, labels > 1, prediction, {"photo_id": "x", "saved_seq": 3})
        self.known = [array_file.encode(whole), array_file.encode(PhotoArrays(labels))]
        return {"x.h5": self.known}

    def read(self, name, data):
        array_file.decode(data, self.folder / name)
        # The padding of the first block says nothing.
        essence = [content[:60] + content[512:] for content in self.known]
        assert data[:60] + data[512:] in essence

    def refused(self, name, error):
        assert name in error.what


class SignedArrays(Arrays):
    """The same with a check sum that is right: made to harm, not damaged by a disk."""

    def repair(self, name, data):
        head, image = array_file._HEADER, data[512:]
        magic, version = array_file._MAGIC, array_file.FORMAT
        digest = hashlib.sha256(image).digest()
        return head.pack(magic, version, len(image), digest).ljust(512, b"\0") + image

    def read(self, name, data):
        found = array_file.decode(data, self.folder / name)
        assert found.labels is None or found.labels.dtype == np.uint16


SIZE = (24, 32)


def _edit(rect: Rect, value: int, name: str = "Brush") -> Edit:
    labels, touched = LabelImage(np.zeros(SIZE, np.uint16)), np.zeros(SIZE, bool)
    after = np.full((rect.height, rect.width), value, np.uint16)
    patches = make_patches(labels, rect, after)
    return Edit(name, patches, make_touch_patches(touched, rect, after > 0), approved=(True, False))


def _head(edit: bytes) -> bytes:
    (size,) = struct.unpack_from("<I", edit, 4)
    return edit[8 : 8 + size]


def _with_head(edit: bytes, head: bytes) -> bytes:
    """The patches of an edit behind another head, whose length is right."""
    return edit[:4] + struct.pack("<I", len(head)) + head + edit[8 + len(_head(edit)) :]


class Edits(Target):
    """One act in bytes: `ValueError` is all that may come out, now or when it is used."""

    allowed = (ValueError,)

    def seeds(self):
        rng = np.random.default_rng(2)
        labels = LabelImage(np.zeros(SIZE, np.uint16))
        noise = rng.integers(0, 9, SIZE).astype(np.uint16)
        mixed = Edit("Accept", make_patches(labels, labels.rect, noise), batch="b1")
        self.whole = _edit(Rect(2, 3, 9, 20), 4).to_bytes()
        return {"edit": [self.whole, mixed.to_bytes()], "head": [_head(self.whole)]}

    def repair(self, name, data):
        return _with_head(self.whole, data) if name == "head" else data

    def read(self, name, data):
        labels, touched = LabelImage(np.zeros(SIZE, np.uint16)), np.zeros(SIZE, bool)
        for check in (False, True):
            edit = Edit.from_bytes(data, check=check)
            edit.apply(labels, touched)
            edit.revert(labels, touched)
            edit.to_bytes()
            assert edit.bounds is not None


class Journal(Target):
    """A row of the journal with a right CRC: the other rows are played all the same."""

    def seeds(self):
        draw_photo(self.folder / "photos" / "a.png", 1, SIZE)
        self.project = Project.open_folder(self.folder / "photos")
        self.project.scan()
        self.photo = self.project.photos()[0].photo_id
        edits = [_edit(Rect(n * 6, 0, n * 6 + 5, 30), n + 1) for n in range(4)]
        for edit in edits:
            entry = Entry(self.photo, Operation(Op.EDIT, edit), "corrected")
            self.project.journal([entry])
        self.whole = edits[1].to_bytes()
        return {"row": [self.whole, edits[2].to_bytes()], "head": [_head(self.whole)]}

    def repair(self, name, data):
        return _with_head(self.whole, data) if name == "head" else data

    def read(self, name, data):
        database = self.project._database
        with database.transaction() as connection:
            connection.execute(
                "UPDATE journal SET data = ?, crc = ? WHERE seq = 2", (data, zlib.crc32(data))
            )
        rows = journal.read(database, self.photo)
        assert [row.seq for row in rows] == [1, 2, 3, 4]
        arrays, _ = Work(PhotoArrays(), rows).replayed(*SIZE)
        assert arrays.labels is not None
        image = np.zeros((*SIZE, 3), np.uint8)
        document = resume_document(self.photo, image, None, None, rows)
        assert np.array_equal(document.labels.array, arrays.labels)
        # Whatever row 2 wrote, rows 3 and 4 came after it.
        assert (arrays.labels[12:17, :30] == 3).all()
        assert (arrays.labels[18:23, :30] == 4).all()
        if document.lost_steps:
            assert (arrays.labels[0:5, :30] == 1).all()
            raise StorageError("a row was lost, and counted")
        while document.undo():
            pass
        while document.redo():
            pass
