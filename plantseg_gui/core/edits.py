"""The atom of undo: rectangles of labels before and after.

An `Edit` is what one act of a person changed: a list of small patches, so that a long thin stroke
costs its own area and not that of its bounding box, plus patches of the map of touched pixels.
Patches can be compressed one by one (`Edit.compact`), so that no single call takes long.
"""

import json
import struct
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.labels import LabelImage
from plantseg_gui.core.patches import Packed, Patch, Stored, TouchPatch, pack, unpack
from plantseg_gui.core.results import BoolArray, LabelArray

# Larger areas are cut into blocks of this side: unchanged blocks cost nothing, and one block is
# compressed in about a millisecond.
BLOCK_PX = 256

_MAGIC = b"PSE1"
# Beyond any photo's side and any patch's bytes.
_NUMBER_END = 2**31
# Some thousand years of seconds.
_TIME_END = 2**37


class Edit:
    """What one act changed, in a form that can be applied and reverted.

    Attributes:
        name: What the person did, in words, for "Undo …".
        approved: Whether the photo was approved before and after; None: the act left that alone.
        batch: Name of the act on several photos that it belongs to; empty for one alone.
        at: When it was made, s since 1970; 0 where an older version wrote it down.
    """

    def __init__(
        self,
        name: str,
        patches: Iterable[Patch],
        touched: Iterable[TouchPatch] = (),
        *,
        approved: tuple[bool, bool] | None = None,
        batch: str = "",
        at: int | None = None,
    ) -> None:
        """Take over the patches; each one's `before` is the state after the ones ahead of it.

        `at` None is now.
        """
        self.name = name
        self.approved = approved
        self.batch = batch
        self.at = int(time.time()) if at is None else at
        self._patches: list[Stored] = list(patches)
        self._touched: list[Stored] = list(touched)
        # Kept as sums: the history asks at each commit, and has thousands of patches by evening.
        self._raw_nbytes = sum(p.nbytes for p in (*self._patches, *self._touched))
        self._packed_nbytes = 0

    @property
    def patches(self) -> list[Patch]:
        """The label patches; compressed ones are unpacked for this call only."""
        return list(self._each_patch())

    @property
    def touched(self) -> list[TouchPatch]:
        """The patches of the touched map."""
        return list(self._each_touch())

    @property
    def touch_rects(self) -> list[Rect]:
        """Where the map of touched pixels changes; nothing is unpacked for it."""
        return [stored.rect for stored in self._touched]

    @property
    def nbytes(self) -> int:
        """Memory held by the patches now."""
        return self._raw_nbytes + self._packed_nbytes

    @property
    def raw_nbytes(self) -> int:
        """The part of `nbytes` that is not compressed yet."""
        return self._raw_nbytes

    @property
    def bounds(self) -> Rect:
        """Smallest rectangle with all changed labels."""
        bounds = Rect(0, 0, 0, 0)
        for patch in self._patches:
            bounds = bounds.union(patch.rect)
        return bounds

    def after(self, earlier: "Edit") -> "Edit":
        """One edit for `earlier` and then this one, under this one's name."""
        both = Edit(
            self.name,
            earlier._each_patch(),
            earlier._each_touch(),
            approved=self.approved,
            batch=self.batch,
            at=self.at,
        )
        both._patches += self._patches
        both._touched += self._touched
        both._raw_nbytes += self._raw_nbytes
        both._packed_nbytes += self._packed_nbytes
        return both

    def apply(self, labels: LabelImage, touched: BoolArray | None = None) -> None:
        """Write what was after; `touched` [H, W] bool is changed in place when given.

        Raises:
            ValueError: It belongs to another image (nothing is written), or is damaged.
        """
        self._check_inside(labels)
        # The touched map first: listeners of `labels.changed` may look at it.
        for touch in self._each_touch():
            if touched is not None:
                touched[touch.rect.slices] = touch.after
        for patch in self._each_patch():
            labels.write(patch.rect, patch.after)

    def revert(self, labels: LabelImage, touched: BoolArray | None = None) -> None:
        """Write what was before; `touched` [H, W] bool is changed in place when given.

        Raises:
            ValueError: As `apply`.
        """
        self._check_inside(labels)
        for touch in self._each_touch(backwards=True):
            if touched is not None:
                touched[touch.rect.slices] = touch.before
        for patch in self._each_patch(backwards=True):
            labels.write(patch.rect, patch.before)

    def compact(self, limit_bytes: int) -> int:
        """Compress raw patches, at most about `limit_bytes` of them (15 ms for 8 MiB).

        Returns:
            Raw bytes that were compressed; 0 when nothing was left to do.
        """
        done = 0
        for store in (self._patches, self._touched):
            for index, patch in enumerate(store):
                if done >= limit_bytes:
                    return done
                if not isinstance(patch, Packed):
                    packed = pack(patch)
                    store[index] = packed
                    done += patch.nbytes
                    self._raw_nbytes -= patch.nbytes
                    self._packed_nbytes += packed.nbytes
        return done

    def to_bytes(self) -> bytes:
        """The whole edit as bytes, compressed; `from_bytes` reads it."""
        packed = [p if isinstance(p, Packed) else pack(p) for p in self._patches]
        packed += [p if isinstance(p, Packed) else pack(p) for p in self._touched]
        head = {
            "name": self.name,
            "approved": self.approved,
            "batch": self.batch,
            "at": self.at,
            "patches": [{"rect": p.rect, "touch": p.touch, "size": len(p.data)} for p in packed],
        }
        text = json.dumps(head).encode("utf-8")
        return b"".join([_MAGIC, struct.pack("<I", len(text)), text, *(p.data for p in packed)])

    @classmethod
    def from_bytes(cls, data: bytes, *, check: bool = True) -> "Edit":
        """Read what `to_bytes` wrote; the patches stay compressed until they are used.

        Args:
            data: The bytes.
            check: Unpack everything once, to find damage now. Left out where a checksum over the
                bytes has been compared already.

        Raises:
            ValueError: The bytes are damaged or are no edit.
        """
        try:
            return cls._parse(data, check=check)
        except (struct.error, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"the {len(data)} bytes are no edit: {error}") from error

    def _check_inside(self, labels: LabelImage) -> None:
        """Before anything is unpacked: a hostile rectangle may stand for gigabytes."""
        for patch in (*self._patches, *self._touched):
            labels.check_inside(patch.rect)

    # One at a time: a whole unpacked edit of a large photo would cost its raw size once more.
    def _each_patch(self, *, backwards: bool = False) -> Iterator[Patch]:
        for stored in reversed(self._patches) if backwards else iter(self._patches):
            patch = unpack(stored)
            if isinstance(patch, Patch):
                yield patch

    def _each_touch(self, *, backwards: bool = False) -> Iterator[TouchPatch]:
        for stored in reversed(self._touched) if backwards else iter(self._touched):
            patch = unpack(stored)
            if isinstance(patch, TouchPatch):
                yield patch

    @classmethod
    def _parse(cls, data: bytes, *, check: bool) -> "Edit":
        if data[:4] != _MAGIC:
            raise ValueError(f"the first bytes are {data[:4]!r}; an edit begins with {_MAGIC!r}")
        (size,) = struct.unpack_from("<I", data, 4)
        position = 8 + size
        head = json.loads(data[8:position].decode("utf-8"))
        approved = head.get("approved")
        if approved is not None:
            before, after = (bool(value) for value in approved)
            approved = (before, after)
        batch = str(head.get("batch", ""))
        at = _whole(head.get("at", 0), _TIME_END)
        edit = cls(str(head["name"]), (), approved=approved, batch=batch, at=at)
        for entry in head["patches"]:
            rect, size = Rect(*map(_whole, entry["rect"])), _whole(entry["size"])
            chunk = data[position : position + size]
            position += size
            packed = Packed(rect, bool(entry["touch"]), chunk)
            if check:
                unpack(packed)
            (edit._touched if packed.touch else edit._patches).append(packed)
            edit._packed_nbytes += packed.nbytes
        return edit


def _whole(value: Any, end: int = _NUMBER_END) -> int:
    """A number of an edit's head. Raises ValueError."""
    if not isinstance(value, int) or not 0 <= value < end:
        raise ValueError(f"{value!r:.40} is neither a place nor a size nor a time")
    return value


def make_patch(labels: LabelImage, rect: Rect, after: LabelArray) -> Patch:
    """One patch from the labels as they are now to `after`, [h, w] uint16; nothing is written."""
    return Patch(rect, labels.read(rect), np.array(after, dtype=np.uint16))


def make_patches(labels: LabelImage, rect: Rect, after: LabelArray) -> list[Patch]:
    """Patches for a large area: only blocks that differ, each cropped to what differs."""
    before = labels.array[rect.slices]
    return _differing_blocks(rect, before, after, Patch)


def make_touch_patches(touched: BoolArray, rect: Rect, after: BoolArray) -> list[TouchPatch]:
    """The same for the map of touched pixels, [H, W] bool."""
    return _differing_blocks(rect, touched[rect.slices], after, TouchPatch)


def crop_to_change(
    rect: Rect, before: npt.NDArray[Any], after: npt.NDArray[Any]
) -> tuple[Rect, npt.NDArray[Any], npt.NDArray[Any]] | None:
    """The smallest part in which two arrays [h, w] of `rect` differ, copied; None if equal."""
    different = before != after
    if not different.any():
        return None
    rows = np.flatnonzero(different.any(axis=1))
    columns = np.flatnonzero(different.any(axis=0))
    y0, y1 = int(rows[0]), int(rows[-1]) + 1
    x0, x1 = int(columns[0]), int(columns[-1]) + 1
    part = Rect(rect.y0 + y0, rect.x0 + x0, rect.y0 + y1, rect.x0 + x1)
    return part, before[y0:y1, x0:x1].copy(), after[y0:y1, x0:x1].copy()


def _differing_blocks(
    rect: Rect, before: npt.NDArray[Any], after: npt.NDArray[Any], make: Callable[..., Any]
) -> list[Any]:
    if before.shape != after.shape:
        raise ValueError(f"new values have shape {after.shape}; the rectangle needs {before.shape}")
    patches = []
    for block in rect.blocks(BLOCK_PX):
        part = block.moved(-rect.y0, -rect.x0).slices
        cropped = crop_to_change(block, before[part], after[part])
        if cropped is not None:
            patches.append(make(*cropped))
    return patches
