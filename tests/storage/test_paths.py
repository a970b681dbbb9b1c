from pathlib import Path

import pytest

from plantseg_gui.storage import paths


def test_user_folders_follow_the_variable(plantseg_home: Path) -> None:
    assert paths.user_data_dir() == plantseg_home
    for folder in (paths.user_models_dir(), paths.log_dir(), paths.user_projects_dir()):
        assert folder.parent == plantseg_home
        assert not folder.exists()


def test_user_folder_without_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(paths.HOME_VARIABLE)
    assert paths.user_data_dir().is_absolute()


def test_checkout_folders() -> None:
    assert paths.models_dir().name in ("models", "_models")
    assert paths.resources_dir().is_dir()


def test_wheel_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "_models").mkdir()
    monkeypatch.setattr(paths, "_PACKAGE", tmp_path)
    assert paths.models_dir() == tmp_path / "_models"
