import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def run_pytest(tmp_path, content: str) -> subprocess.CompletedProcess:
    (tmp_path / "test_one.py").write_text(content, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.ci_skips", "-p", "no:cacheprovider", "-q"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("reason", ["this machine has no GPU", "needs CUDA", "no HEIC decoder"])
def test_expected_skips_are_green(reason, tmp_path):
    code = f"import pytest\n@pytest.mark.skip(reason={reason!r})\ndef test_a(): pass\n"
    assert run_pytest(tmp_path, code + "def test_b(): pass\n").returncode == 0


def test_unexpected_skip_is_red_and_named_above_the_closing_line(tmp_path):
    code = "import pytest\ndef test_a(): pytest.skip('libegl1 is missing')\ndef test_b(): pass\n"
    done = run_pytest(tmp_path, code)
    assert done.returncode == 1
    assert "test_one.py::test_a" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("1 passed, 1 skipped")


def test_file_skipped_whole_is_red(tmp_path):
    code = "import pytest\npytest.importorskip('no_such_module_here')\ndef test_a(): pass\n"
    assert run_pytest(tmp_path, code).returncode != 0


def test_failure_stays_a_failure(tmp_path):
    assert run_pytest(tmp_path, "def test_a(): assert False\n").returncode == 1
