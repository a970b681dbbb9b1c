import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from plantseg_gui import __version__
from plantseg_gui.__main__ import COMMANDS, main, main_gui

HEAVY = ("torch", "timm", "PySide6", "pyqtgraph", "scipy.stats")


def modules_after(code: str) -> set[str]:
    """Which heavy modules a fresh interpreter has loaded after running `code`."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"{code}\nimport sys\nprint(*[m for m in {HEAVY} if m in sys.modules])",
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return set(done.stdout.splitlines()[-1].split())


def test_help_lists_every_command(capsys):
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    for name, command in COMMANDS.items():
        assert name in shown
        assert " ".join(command.summary.split()[:3]) in shown


@pytest.mark.parametrize(
    "argv", [["--help"], ["predict", "--help"], ["models", "--help"], ["evaluate", "--help"]]
)
def test_help_loads_neither_torch_nor_qt(argv):
    assert modules_after(f"from plantseg_gui.__main__ import main; main({argv!r})") == set()


def test_the_shelf_needs_neither_torch_nor_qt(tmp_path, monkeypatch):
    monkeypatch.setenv("PLANTSEG_HOME", str(tmp_path))
    code = "from plantseg_gui.__main__ import main; assert main(['models', 'list']) == 0"
    assert modules_after(code) == set()


def test_commands_are_usable_without_qt(tmp_path):
    code = (
        "import sys\n"
        "for name in ('PySide6', 'pyqtgraph'): sys.modules[name] = None\n"
        "from plantseg_gui.__main__ import main\n"
        "code = main(['models', 'list'])\n"
        "assert code == 0, code"
    )
    env = {**os.environ, "PLANTSEG_HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, env=env)


def test_thread_settings_stand_before_torch():
    code = "import plantseg_gui.__main__, os; assert os.environ['OMP_WAIT_POLICY']"
    env = {k: v for k, v in os.environ.items() if k != "OMP_WAIT_POLICY"}
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, env=env)


@pytest.mark.parametrize("argv", [[], ["nonsense"], ["predict"], ["models"], ["predict", "--what"]])
def test_wrong_usage_is_exit_code_2(argv, capsys):
    assert main(argv) == 2
    assert "usage: plantseg" in capsys.readouterr().err


def test_version(capsys):
    assert main(["--version"]) == 0
    assert __version__ in capsys.readouterr().out
    assert main_gui(["--version"]) == 0
    assert __version__ in capsys.readouterr().out


def test_gui_help_needs_no_display(capsys, monkeypatch):
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.delenv("DISPLAY", raising=False)
    assert main(["gui", "--help"]) == 0
    assert "--demo" in capsys.readouterr().out


def test_missing_part_is_one_line(capsys, monkeypatch):
    command = COMMANDS["predict"]._replace(module="plantseg_gui.cli.no_such_part")
    monkeypatch.setitem(COMMANDS, "predict", command)
    assert main(["predict", "x"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_entry_points_name_these_functions():
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))
    assert project["project"]["scripts"]["plantseg"] == "plantseg_gui.__main__:main"
    assert project["project"]["gui-scripts"]["plantseg-gui"] == "plantseg_gui.__main__:main_gui"
