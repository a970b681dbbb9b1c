"""How an exported file names its photo, so that the other tool finds it."""

import os
from pathlib import Path, PurePosixPath


def link_to_photo(file: Path, name: str, photos: Path | None) -> str:
    """The photo's path from the annotation file's folder, with "/".

    Args:
        file: The annotation file.
        name: The photo, relative to its folder, with "/".
        photos: The photos' folder; None: the photos will lie beside the files.
    """
    if photos is None:
        return PurePosixPath(name.replace("\\", "/")).name
    try:
        return Path(os.path.relpath(photos / name, file.parent)).as_posix()
    except ValueError:  # another drive
        return (photos / name).as_posix()
