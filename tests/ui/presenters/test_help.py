import json
import zipfile

import pytest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit

from plantseg_gui.core.errors import StorageError
from plantseg_gui.storage.model_prune import PrunePlan
from plantseg_gui.storage.paths import log_dir, resources_dir
from plantseg_gui.ui.dialogs.about import LIBRARIES, AboutDialog, licence_text
from plantseg_gui.ui.dialogs.compare_models import CompareDialog
from plantseg_gui.ui.dialogs.export import ExportDialog
from plantseg_gui.ui.dialogs.keys import KeysDialog
from plantseg_gui.ui.dialogs.manual import ManualDialog
from plantseg_gui.ui.dialogs.models import ModelsDialog
from plantseg_gui.ui.dialogs.prune_models import PruneDialog
from plantseg_gui.ui.dialogs.retrain import RetrainDialog
from plantseg_gui.ui.dialogs.tags import TagsDialog
from plantseg_gui.ui.errors_view import start_log
from plantseg_gui.ui.presenters.help import machine_facts, write_report


def test_report_holds_log_and_versions_and_no_photo(qapp, tmp_path):
    path = start_log(log_dir())
    path.parent.joinpath("studio.log").write_text("a line\n", encoding="utf-8")
    target = tmp_path / "report.zip"
    write_report(target, machine_facts())
    with zipfile.ZipFile(target) as archive:
        assert sorted(archive.namelist()) == ["logs/studio.log", "report.json"]
        facts = json.loads(archive.read("report.json"))
    assert facts["libraries"]["torch"] != ""
    assert facts["cores"] >= 1


def test_report_to_a_bad_place_says_so(qapp, tmp_path):
    with pytest.raises(StorageError, match="could not be written"):
        write_report(tmp_path / "no" / "folder" / "r.zip", machine_facts())


def test_manual_has_all_topics_and_finds_words(qtbot):
    dialog = ManualDialog(resources_dir() / "manual")
    qtbot.addWidget(dialog)
    assert len(dialog.titles) >= 8
    dialog._find.setText("leave-one-out")
    shown = [
        dialog._topics.item(i).text()
        for i in range(dialog._topics.count())
        if not dialog._topics.item(i).isHidden()
    ]
    assert shown == ["Retrain"]
    assert dialog._topics.currentItem().text() == "Retrain"
    assert "Discard" in dialog._text.toPlainText()


def test_licences_are_shown(qtbot, theme):
    shelf = resources_dir() / "licences"
    dialog = AboutDialog(theme.pixmap("app", 32), shelf)
    qtbot.addWidget(dialog)
    for name in LIBRARIES:
        assert len(licence_text(name, shelf)) > 20
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in licence_text("PySide6-Essentials", shelf)


def dialogs(theme, tmp_path):
    yield AboutDialog(theme.pixmap("app", 32), resources_dir() / "licences")
    yield CompareDialog(theme)
    yield ExportDialog(tmp_path, {"all": 1, "approved": 0, "shown": 1})
    yield KeysDialog(theme)
    yield ManualDialog(resources_dir() / "manual")
    yield ModelsDialog(theme)
    yield PruneDialog(theme, PrunePlan(()))
    yield RetrainDialog(theme)
    yield TagsDialog("x.jpg", ["a"], ["a", "b"])


def test_every_control_of_every_dialog_has_a_tooltip(qtbot, theme, tmp_path):
    for dialog in dialogs(theme, tmp_path):
        qtbot.addWidget(dialog)
        bare = [
            f"{type(w).__name__} {w.text() if hasattr(w, 'text') else ''}"
            for kind in (QAbstractButton, QLineEdit, QComboBox)
            for w in dialog.findChildren(kind)
            if not w.toolTip()
            and not w.objectName().startswith("qt_")
            and not isinstance(w.parent(), QLineEdit)
            and type(w.parent()).__name__ not in ("QDialogButtonBox", "PlotWidget")
        ]
        assert not bare, (type(dialog).__name__, bare)


def test_tags_dialog_gives_chosen_and_typed(qtbot):
    dialog = TagsDialog("x.jpg", ["rust"], ["coffee", "rust"])
    qtbot.addWidget(dialog)
    dialog._line.setText(" wheat , rust,, ")
    assert dialog.tags() == ("rust", "wheat")
