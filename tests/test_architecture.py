"""The borders between the packages, and the habits that a machine can check."""

import ast
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "plantseg_gui"
MODULES = sorted(PACKAGE.rglob("*.py"))
MAX_LINES = 400

# What must run where there is no Qt: servers, the command line, the training process.
HEADLESS = ("core", "storage", "nn", "inference", "training", "evaluation", "cli")

_BLOCK_QT = """
import sys

class Block:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("PySide6", "shiboken6", "pyqtgraph"):
            raise ImportError(f"{name} is blocked")

sys.meta_path.insert(0, Block())
import importlib, pkgutil
for part in PARTS:
    package = importlib.import_module(f"plantseg_gui.{part}")
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        # __main__ modules do something when they are imported.
        if not found.name.endswith("__main__"):
            importlib.import_module(found.name)
"""

_NO_TORCH = """
import importlib, sys
importlib.import_module("plantseg_gui.ui.app")
heavy = sorted({"torch", "timm", "torchvision"} & set(sys.modules))
sys.exit(f"importing the window loaded {heavy}" if heavy else 0)
"""


def run(code: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_import_contracts_hold():
    # As a command of its own: import-linter changes sys.path and the logging of its process.
    code = "from importlinter.cli import lint_imports_command as c; c(['--no-cache'])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


@pytest.mark.parametrize("parts", [("core", "storage"), HEADLESS], ids=["light", "all"])
def test_everything_but_the_window_runs_without_qt(parts):
    run(f"PARTS = {parts!r}\n{_BLOCK_QT}")


def test_core_and_storage_do_not_load_torch():
    check = "import sys; sys.exit('torch was loaded' if 'torch' in sys.modules else 0)"
    run(f"PARTS = ('core', 'storage')\n{_BLOCK_QT}\n{check}")


@pytest.mark.skipif(
    importlib.util.find_spec("plantseg_gui.ui.app") is None, reason="the window is not built yet"
)
def test_the_window_starts_without_torch():
    run(_NO_TORCH)


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_files_are_short_and_say_what_they_are(path):
    text = path.read_text(encoding="utf-8")
    lines = text.count("\n")
    assert lines <= MAX_LINES, f"{relative(path)} has {lines} lines; split it, {MAX_LINES} is most"
    if text.strip():
        assert ast.get_docstring(ast.parse(text)), f"{relative(path)} has no docstring at its head"


def imported_names(path: Path) -> set[str]:
    """Every module that a file imports, inside functions too; "a.b" for `from a import b`."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def test_jobs_use_no_widgets():
    # import-linter knows external packages only as a whole, so it cannot say this of a part of one.
    widgets = {"PySide6.QtWidgets", "PySide6.QtGui"}
    bad = {
        relative(path): sorted(widgets & imported_names(path))
        for path in sorted((PACKAGE / "jobs").rglob("*.py"))
        if widgets & imported_names(path)
    }
    assert not bad


def test_posix_only_calls_stay_in_one_file():
    calls = re.compile(
        r"\bos\.(fork|killpg|getpgid|setsid|nice|getuid|geteuid|fchmod|mkfifo|statvfs)\b"
        r"|\bimport (fcntl|pwd|grp|resource|termios)\b|start_new_session|preexec_fn"
    )
    bad = [
        f"{relative(path)}:{number}: {line.strip()}"
        for path in MODULES
        if path.name != "platform_files.py"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if calls.search(line)
    ]
    assert not bad, "\n".join(bad)


# Cellpose's own format is a pickle: it is written for that program alone, and read without running
# anything (tests/storage/formats).
WRITES_PICKLE = ("plantseg_gui/storage/formats/cellpose.py", "np.save(")


def test_no_module_stores_or_reads_pickles():
    names = re.compile(r"^\s*(import|from) (pickle|joblib|dill|shelve)\b|allow_pickle=True")
    place, writer = WRITES_PICKLE
    bad = [
        f"{relative(path)}: {line.strip()}"
        for path in MODULES
        for line in path.read_text(encoding="utf-8").splitlines()
        if names.search(line) and not (relative(path) == place and writer in line)
    ]
    assert not bad
