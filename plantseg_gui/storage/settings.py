"""The person's settings: one JSON file, every value checked, a damaged file never in the way.

To add a setting: give it a field with a default in `Settings` and, where not every value of its
type will do, a line in `_ALLOWED`. Old files simply lack it. To change a meaning, raise
SCHEMA_VERSION and translate in `_migrate`.
"""

import json
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from plantseg_gui.core.memory_limits import MemoryLimits
from plantseg_gui.storage.atomic import keep_damaged_copy, write_json
from plantseg_gui.storage.paths import user_data_dir

SCHEMA_VERSION = 1
MAX_RECENT = 12
MAX_KEYS = 8
MAX_KEY = 80
LAYERS = (
    "mask",
    "origin",
    "leaf",
    "probability",
    "attention1",
    "attention2",
    "variance",
    "energy",
)
_MAX_BYTES = 1 << 20


def _default_opacity() -> dict[str, float]:
    return {name: 0.55 if name == "mask" else 0.6 for name in LAYERS}


def _default_visible() -> dict[str, bool]:
    return {name: name == "mask" for name in LAYERS}


def _default_aids() -> dict[str, bool]:
    return {"minimap": True, "scale_bar": True, "loupe": False, "tile_grid": False}


@dataclass
class Settings:
    """What the program remembers between starts.

    Attributes:
        schema_version: Of the file.
        annotator: The person's name in the journal and exports; "" = the login name.
        theme: "system", "light" or "dark".
        recent_projects: Folders, newest first.
        project_home: "beside": the project lies in the photo folder; "user": in the user's data.
        brush_radius_px: Photo px.
        brush_shape: "round" or "square".
        mask_colours: "single": one colour; "instances": one per lesion.
        overlay_opacity: 0 to 1 by layer.
        overlay_visible: By layer.
        view_aids: What is shown beside the photo: minimap, scale bar, loupe, tile grid.
        tile_mode: "single", "adaptive", "full" or "grid24".
        tool_options: What is set for the tools of the canvas, by key.
        device: "auto", "cpu" or "cuda".
        threads: CPU threads for the model; 0 = as many as there are cores.
        undo_mib: Memory for the undo steps of a photo, MiB.
        autosave_s: Seconds from a change to its autosave.
        predict_on_open: Run the model when a photo is opened.
        uncertainty_on_open: Follow with the uncertainty maps.
        ram_warn_free_gib: Warn when less RAM of the machine is free; 0 = automatic.
        ram_limit_free_gib: Save memory when less is free; 0 = automatic.
        gpu_warn_gib: Warn when the program holds more GPU memory; 0 = automatic.
        gpu_limit_gib: Save GPU memory when it holds more; 0 = automatic.
        last_folder: Where the last dialog was.
        window_geometry: Base64 of what Qt wants to remember.
        window_state: Base64 of what Qt wants to remember.
        shortcuts: Keys of the acts that have others than as shipped: act → portable key texts.
        tour_seen: Whether the tour was taken or declined.
    """

    schema_version: int = SCHEMA_VERSION
    annotator: str = ""
    theme: str = "system"
    recent_projects: list[str] = field(default_factory=list)
    project_home: str = "beside"
    brush_radius_px: int = 12
    brush_shape: str = "round"
    mask_colours: str = "single"
    overlay_opacity: dict[str, float] = field(default_factory=_default_opacity)
    overlay_visible: dict[str, bool] = field(default_factory=_default_visible)
    view_aids: dict[str, bool] = field(default_factory=_default_aids)
    tile_mode: str = "adaptive"
    tool_options: dict[str, bool | int | str] = field(default_factory=dict)
    device: str = "auto"
    threads: int = 0
    undo_mib: int = 256
    autosave_s: float = 5.0
    predict_on_open: bool = True
    uncertainty_on_open: bool = True
    ram_warn_free_gib: float = 0.0
    ram_limit_free_gib: float = 0.0
    gpu_warn_gib: float = 0.0
    gpu_limit_gib: float = 0.0
    last_folder: str = ""
    window_geometry: str = ""
    window_state: str = ""
    shortcuts: dict[str, list[str]] = field(default_factory=dict)
    tour_seen: bool = False

    def memory_limits(self) -> MemoryLimits:
        """From where to warn and to act."""
        return MemoryLimits.from_gib(
            ram_warn_free=self.ram_warn_free_gib,
            ram_limit_free=self.ram_limit_free_gib,
            gpu_warn=self.gpu_warn_gib,
            gpu_limit=self.gpu_limit_gib,
        )

    def with_recent(self, folder: Path) -> "Settings":
        """The same with `folder` as the newest recent project."""
        name = str(folder)
        rest = [other for other in self.recent_projects if other != name]
        return replace(self, recent_projects=[name, *rest][:MAX_RECENT], last_folder=name)

    def without_recent(self, folder: Path) -> "Settings":
        """The same with `folder` taken off the recent projects."""
        rest = [other for other in self.recent_projects if other != str(folder)]
        return replace(self, recent_projects=rest)


# Texts: the allowed ones. Numbers: lowest and highest.
_ALLOWED: dict[str, tuple[Any, ...]] = {
    "theme": ("system", "light", "dark"),
    "project_home": ("beside", "user"),
    "brush_shape": ("round", "square"),
    "mask_colours": ("single", "instances"),
    "tile_mode": ("single", "adaptive", "full", "grid24"),
    "device": ("auto", "cpu", "cuda"),
    "brush_radius_px": (1, 500),
    "threads": (0, 1024),
    "undo_mib": (16, 65536),
    "autosave_s": (1.0, 3600.0),
    "ram_warn_free_gib": (0.0, 1024.0),
    "ram_limit_free_gib": (0.0, 1024.0),
    "gpu_warn_gib": (0.0, 1024.0),
    "gpu_limit_gib": (0.0, 1024.0),
}


def settings_path() -> Path:
    """The file."""
    return user_data_dir() / "settings.json"


def load_settings() -> Settings:
    """Read the settings. Never fails.

    A value that is not allowed falls back to its default. A file that is no JSON or of a newer
    version is kept as a copy beside (`settings.damaged-…json`), and the defaults are used.
    """
    path = settings_path()
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ValueError("too large")
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except OSError:
        return Settings()
    except (ValueError, RecursionError):
        keep_damaged_copy(path)
        return Settings()
    if not isinstance(data, dict):
        keep_damaged_copy(path)
        return Settings()
    return _migrate(data, path)


def save_settings(settings: Settings) -> None:
    """Write the settings, durably.

    Raises:
        StorageError: full disk, no permission; the old file is as it was.
    """
    write_json(settings_path(), asdict(settings))


def _migrate(data: dict[str, Any], path: Path) -> Settings:
    """Settings of any older version; a newer one gives the values that this one understands."""
    version = data.get("schema_version")
    if not isinstance(version, int) or version > SCHEMA_VERSION:
        keep_damaged_copy(path)
    defaults = Settings()
    known = {
        f.name: _checked(f.name, data[f.name], getattr(defaults, f.name))
        for f in fields(Settings)
        if f.name in data and f.name != "schema_version"
    }
    return replace(defaults, **known)


def _checked(name: str, value: Any, default: Any) -> Any:
    """The value when it is of the default's type and allowed, else the default."""
    if name == "shortcuts":
        return _checked_keys(value)
    if isinstance(default, list):
        if not isinstance(value, list):
            return default
        return [v for v in value if isinstance(v, str)][:MAX_RECENT]
    if name == "tool_options":  # each tool checks its own
        options = value if isinstance(value, dict) else {}
        return {k: v for k, v in options.items() if isinstance(v, bool | int | str)}
    if isinstance(default, dict):
        return default | _checked_layers(value, default)
    if isinstance(default, bool):
        return value if isinstance(value, bool) else default
    if isinstance(default, int | float):
        low, high = _ALLOWED[name]
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return type(default)(value) if number and low <= value <= high else default
    if not isinstance(value, str) or value not in _ALLOWED.get(name, (value,)):
        return default
    return value


def _checked_keys(value: Any) -> dict[str, list[str]]:
    """The entries that are lists of a few short texts; what they mean, the window knows."""
    if not isinstance(value, dict):
        return {}
    return {
        act: [key for key in keys if isinstance(key, str) and len(key) <= MAX_KEY][:MAX_KEYS]
        for act, keys in value.items()
        if isinstance(act, str) and isinstance(keys, list)
    }


def _checked_layers(value: Any, default: dict[str, Any]) -> dict[str, Any]:
    """The entries of a stored table that exist and hold what they should."""
    if not isinstance(value, dict):
        return {}
    kept: dict[str, Any] = {}
    for layer, example in default.items():
        stored = value.get(layer)
        if isinstance(example, bool):
            if isinstance(stored, bool):
                kept[layer] = stored
        elif isinstance(stored, int | float) and not isinstance(stored, bool) and 0 <= stored <= 1:
            kept[layer] = float(stored)
    return kept
