"""Where the files of an export go, so that no photo's file replaces another one's."""

from pathlib import Path, PurePosixPath

from plantseg_gui.storage.atomic import storage_error
from plantseg_gui.storage.formats.annotation import WriteOptions
from plantseg_gui.storage.output_names import output_bases


class Targets:
    """Files per photo: the photo's place below a folder, its name with another ending.

    Photos that share a stem (`a.jpg` and `a.png`) keep their extension: `a.jpg.json`. That needs
    `WriteOptions.names`; without it only the second one does.

    Attributes:
        notes: Plain sentences about photos whose files have another name than the tool expects.
    """

    def __init__(self, folder: Path, ending: str, options: WriteOptions) -> None:
        """Files in `folder`; `ending` is for instance ".json" or "_seg.npy"."""
        self._folder = folder
        self._ending = ending
        places = [PurePosixPath(*_parts(name)) for name in options.names]
        bases = output_bases(places) if all(place.parts for place in places) else []
        self._bases = dict(zip(places, bases, strict=False))
        self._used: set[str] = set()
        self.notes: list[str] = []

    def __call__(self, name: str) -> Path:
        """The file for a photo (relative with "/").

        Raises:
            StorageError: a name without any file name.
        """
        place = PurePosixPath(*_parts(name))
        if not place.parts:
            raise storage_error(OSError(22, "Invalid name"), self._folder / name)
        usual = place.with_suffix("") if place.suffix else place
        base = PurePosixPath(self._bases.get(place, usual))
        number = 1
        while str(base).casefold() in self._used:
            base = place if number == 1 else place.with_name(f"{place.name}_{number}")
            number += 1
        self._used.add(str(base).casefold())
        if base != usual:
            self.notes.append(
                f"{name} shares its name with another photo; its file is called "
                f"{base.name}{self._ending}."
            )
        return self._folder / base.with_name(base.name + self._ending)


def _parts(name: str) -> list[str]:
    """The parts of a photo's path that stay inside a folder."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return [part for part in parts if part not in ("/", "//", "..", ".") and part[-1] != ":"]
