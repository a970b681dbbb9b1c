"""Where the program's own files lie: shipped models and icons, and the user's data folder.

None of these functions creates a folder; whoever writes does (storage.atomic).
"""

import os
from pathlib import Path

import platformdirs

_PACKAGE = Path(__file__).resolve().parents[1]
_CHECKOUT = _PACKAGE.parent
HOME_VARIABLE = "PLANTSEG_HOME"


def _shipped(name: str) -> Path:
    """The folder as a wheel carries it (`_models`), else as a checkout has it (`models`)."""
    in_wheel = _PACKAGE / f"_{name}"
    return in_wheel if in_wheel.is_dir() else _CHECKOUT / name


def models_dir() -> Path:
    """Models that came with the program; never written to."""
    return _shipped("models")


def resources_dir() -> Path:
    """Icons, style sheets and samples that came with the program."""
    return _shipped("resources")


def user_data_dir() -> Path:
    """The user's folder for settings, models and projects; PLANTSEG_HOME overrides it."""
    chosen = os.environ.get(HOME_VARIABLE, "").strip()
    if chosen:
        return Path(chosen).expanduser().absolute()
    return platformdirs.user_data_path("plantseg-next-studio", appauthor=False)


def user_models_dir() -> Path:
    """Model versions that the user trained or added."""
    return user_data_dir() / "models"


def user_projects_dir() -> Path:
    """Projects of photo folders that cannot be written to."""
    return user_data_dir() / "projects"


def log_dir() -> Path:
    """Log files."""
    return user_data_dir() / "logs"
