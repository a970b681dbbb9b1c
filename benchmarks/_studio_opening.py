"""Figures of `studio.py`: how soon a photo is on screen with its mask."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from _studio import (
    Figure,
    Options,
    make_project,
    open_studio,
    photo_folder,
    photos_2048,
    rest,
    summary,
)
from _window import close, wait

LARGE_PX = (6650, 5000)
ROUNDS = 3


def measure_open_cold(work: Path, options: Options) -> Figure:
    """Photos in turn, none of which was read before."""
    window, painted = open_studio(photo_folder(work, options))
    window.look_ahead.stop()
    taken = []
    for photo_id in list(window.session.records)[1:]:
        window.store.prefetch.want(())
        taken.append(painted.until_shown_ms(lambda i=photo_id: window.store.show(i), photo_id))
        rest(window)
    close(window)
    return summary(taken) | painted.cpu()


def measure_open_prefetched(work: Path, options: Options) -> Figure:
    """D through the list, with a rest on each photo."""
    return _walk(work, options, lambda window: None)


def measure_open_edited(work: Path, options: Options) -> Figure:
    """D through the list, a stroke on each photo just before."""
    from plantseg_gui.core.painting import StrokePainter

    def stroke(window: Any) -> None:
        painter = StrokePainter(window.session.document, "lesion", 24.0)
        painter.press(900, 300.0)
        painter.move([(900, 300.0 + 10 * i) for i in range(40)])
        painter.release()

    return _walk(work, options, stroke)


def _walk(work: Path, options: Options, before: Callable[[Any], None]) -> Figure:
    window, painted = open_studio(photo_folder(work, options))
    taken, ready = [], 0
    ids = list(window.session.records)
    for photo_id in ids[1:]:
        ready += photo_id in window.store.prefetch.kept
        before(window)
        taken.append(painted.until_shown_ms(window.actions_["next"].trigger, photo_id))
        rest(window)
    close(window)
    return summary(taken) | painted.cpu() | {"read_ahead": f"{ready} of {len(taken)}"}


def measure_open_large(work: Path, options: Options) -> Figure:
    """Photos of 33 megapixels with their masks, not read before."""
    folder = work / "photos"
    folder.mkdir()
    for n in range(ROUNDS + 1):
        _large_photo(folder / f"large{n}.jpg")
        # Another content for each.
        with (folder / f"large{n}.jpg").open("ab") as file:
            file.write(bytes([n]))
    make_project(folder, options.lesions)
    window, painted = open_studio(folder)
    window.look_ahead.stop()
    taken = []
    for photo_id in list(window.session.records)[1:]:
        window.store.prefetch.want(())
        taken.append(painted.until_shown_ms(lambda i=photo_id: window.store.show(i), photo_id))
        rest(window)
        wait(lambda i=photo_id: window.session.photo_id == i)
    close(window)
    return summary(taken) | painted.cpu()


def _large_photo(target: Path) -> None:
    """A JPEG of 5000 × 6650 px, enlarged from a real one."""
    import cv2

    image = cv2.imread(str(photos_2048()[0]))
    height, width = LARGE_PX
    enlarged = cv2.resize(image, (width, height), interpolation=cv2.INTER_CUBIC)
    cv2.imwrite(str(target), enlarged, [cv2.IMWRITE_JPEG_QUALITY, 92])
