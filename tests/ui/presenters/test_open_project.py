"""Opening one folder while another is being opened."""

import shutil

from tests.ui.conftest import WAIT_MS


def test_two_requests_for_one_folder_open_it_once_and_writable(window, photo_folder, qtbot):
    for _ in range(2):
        window.projects.open_folder(photo_folder)
    qtbot.waitUntil(lambda: window.session.document is not None, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: not window.projects._busy, timeout=WAIT_MS)
    assert not window.session.read_only


def test_a_folder_asked_for_meanwhile_is_opened_next(window, photo_folder, tmp_path, qtbot):
    other = tmp_path / "other"
    shutil.copytree(photo_folder, other)
    window.projects.open_folder(photo_folder)
    window.projects.open_folder(other)
    qtbot.waitUntil(
        lambda: window.session.project is not None and window.session.project.folder == other,
        timeout=WAIT_MS,
    )
    qtbot.waitUntil(lambda: window.session.document is not None, timeout=WAIT_MS)
