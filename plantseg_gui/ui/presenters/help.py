"""Manual, about, and the diagnostic report."""

import importlib.metadata
import json
import os
import platform
import sys
import time
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil
from PySide6.QtCore import QObject, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from plantseg_gui import __version__
from plantseg_gui.core.errors import StorageError
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.storage.models import list_models
from plantseg_gui.storage.paths import log_dir, resources_dir, user_data_dir
from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.dialogs.about import LIBRARIES, AboutDialog
from plantseg_gui.ui.dialogs.manual import ManualDialog
from plantseg_gui.ui.presenters.session import Session
from plantseg_gui.ui.theme import Theme


class Help(QObject):
    """See the module's text."""

    def __init__(self, session: Session, theme: Theme, actions: Actions, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._theme, self._window = session, theme, window
        self._manual: ManualDialog | None = None
        actions["manual"].triggered.connect(self.show_manual)
        actions["about"].triggered.connect(self.show_about)
        actions["report"].triggered.connect(self.ask_report)

    def show_manual(self) -> None:
        """Open the manual beside the work."""
        if self._manual is None:
            self._manual = ManualDialog(resources_dir() / "manual", self._window)
        self._manual.show()
        self._manual.raise_()

    def show_about(self) -> None:
        """Show version and licences."""
        ratio = self._window.devicePixelRatioF()
        picture = self._theme.pixmap("app", round(56 * ratio))
        picture.setDevicePixelRatio(ratio)
        AboutDialog(picture, resources_dir() / "licences", self._window).exec()

    def ask_report(self) -> None:
        """Ask where to, and write the report."""
        name = f"plantseg-report-{time.strftime('%Y%m%d-%H%M')}.zip"
        path, _ = QFileDialog.getSaveFileName(
            self._window, "Save a diagnostic report", str(Path.home() / name), "Zip file (*.zip)"
        )
        if path:
            self.save_report(Path(path))

    def save_report(self, path: Path) -> None:
        """Write log, versions, machine and settings to a zip file; no photos, no masks."""
        facts = machine_facts() | {"settings": asdict(self._session.settings)}
        facts["screens"] = [
            f"{s.size().width()}×{s.size().height()} at {s.devicePixelRatio():g}"
            for s in QGuiApplication.screens()
        ]
        facts["photos_in_project"] = len(self._session.records)
        run_task(
            lambda: write_report(path, facts),
            on_done=lambda _: self._session.say(f"Report saved: {path}"),
            on_error=self._session.fail,
            doing=f"writing {path}",
        )


def machine_facts() -> dict[str, Any]:
    """Versions and machine, as JSON."""
    versions = {}
    for name in LIBRARIES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = "not installed"
    return {
        "program": __version__,
        "python": sys.version,
        "qt": qVersion(),
        "platform": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "disk_free_gb": round(psutil.disk_usage(str(Path.home())).free / 2**30, 1),
        "session": QGuiApplication.platformName(),
        "data_folder": str(user_data_dir()),
        "models": [
            {"name": m.name, "shipped": m.shipped, "damaged": m.damaged} for m in list_models()
        ],
        "libraries": versions,
    }


def write_report(path: Path, facts: dict[str, Any]) -> None:
    """Write the zip file. Raises StorageError."""
    try:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("report.json", json.dumps(facts, indent=2, ensure_ascii=False))
            for file in sorted(log_dir().glob("*.log*")):
                archive.write(file, f"logs/{file.name}")
    except OSError as error:
        raise StorageError(
            f"The report could not be written to {path}: {error.strerror or error}.",
            "Choose another folder.",
        ) from error
