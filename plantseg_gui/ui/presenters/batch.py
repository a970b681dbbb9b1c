"""Acts on several photos at once: each is one step, and is taken back as one.

Photos that are open are changed in memory, like by hand; the others in the pool, one after the
other. Every step carries the act's number, so that it is found again after any restart.
"""

import uuid
from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from plantseg_gui.core.document import Document
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.jobs.job_model import JobModel
from plantseg_gui.storage.batch import Act
from plantseg_gui.storage.project import PhotoRecord, Project
from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.panels.photos import PhotosPanel
from plantseg_gui.ui.presenters.batch_run import BatchRun, counted
from plantseg_gui.ui.presenters.open_save import OpenSave
from plantseg_gui.ui.presenters.questions import Icon, Role, ask
from plantseg_gui.ui.presenters.session import Session

KEPT = "batches"
MOST_KEPT = 10
Finish = Callable[[list[str]], None]
EDIT, PREDICT = "edit", "predict"


class Batch(QObject):
    """See the module's text."""

    def __init__(
        self,
        session: Session,
        store: OpenSave,
        photos: PhotosPanel,
        jobs: JobModel,
        actions: Actions,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._session, self._store, self._photos = session, store, photos
        self._actions, self._window = actions, window
        self.runner = BatchRun(session, store, jobs, self)
        self.runner.changed.connect(self.refresh)
        # Who takes back acts of a further kind; gets the act, and what to call with the changed.
        self.undoers: dict[str, Callable[[dict[str, Any], Finish], None]] = {}
        self._acts: list[dict[str, Any]] = []
        for name, act in {
            "accept_all": self.ask_accept,
            "delete_masks": self.ask_delete,
            "undo_batch": self.ask_undo,
        }.items():
            actions[name].triggered.connect(act)
        session.project_opened.connect(self._on_project)
        session.record_changed.connect(lambda _: self.refresh())
        session.status_changed.connect(self.refresh)
        self.refresh()

    @property
    def running(self) -> bool:
        """Whether an act is under way."""
        return self.runner.running

    @property
    def several_marked(self) -> bool:
        """Whether the acts mean the photos that are marked in the list, and not all it shows."""
        return self._photos.marked_count() > 1

    def chosen(self, *statuses: str) -> list[PhotoRecord]:
        """The photos of these statuses that an act means.

        Those that are marked in the list, where there are several; else all that it shows.
        """
        records, panel = self._session.records, self._photos
        ids = panel.marked_ids() if self.several_marked else panel.shown_ids()
        found = [records[i] for i in ids if i in records]
        return [r for r in found if r.status in statuses and not r.error and not r.missing]

    def ask_accept(self) -> None:
        """Take the model's mask over on every photo that no person worked on."""
        chosen, kept = self.chosen("predicted"), len(self.chosen("corrected", "approved"))
        details = "Their lesions count as yours from now on: they are exported and trained on."
        if kept:
            details += f"\n{counted(kept)} that you corrected or approved stay as they are."
        if self.agree(f"Accept the predictions of {counted(len(chosen))}?", details, "Accept"):
            ids = [r.photo_id for r in chosen]
            self.run("Accept all predictions", ids, Document.accept_prediction)

    def ask_delete(self) -> None:
        """Empty the masks of the photos that the list shows."""
        chosen = self.chosen("predicted", "corrected", "approved")
        work = sum(r.status != "predicted" for r in chosen)
        details = "The photos themselves stay."
        if work:
            details += f"\n{counted(work)} of them were corrected or approved by a person."
        if self.agree(f"Delete the masks of {counted(len(chosen))}?", details, "Delete masks"):
            self.run("Delete masks", [r.photo_id for r in chosen], delete_mask)

    def ask_undo(self) -> None:
        """Take back the last act on several photos."""
        if self._acts and not self.running:
            act = self._acts[-1]
            if self.agree(
                f"Take back “{act['name']}” on {counted(act['count'])}?",
                "Photos that were changed since then stay as they are.",
                "Take back",
                undone=False,
            ):
                self.undo(act["id"])

    def ask_undo_one(self, document: Document) -> bool:
        """Before an undo on one photo: whether it is to go on there.

        Returns:
            False when the step belongs to several photos, and is taken back on all, or kept.
        """
        edit = document.history.next_undo
        act = next((a for a in self._acts if edit is not None and a["id"] == edit.batch), None)
        if act is None or act["count"] < 2:
            return True
        everywhere, here = f"On all {act['count']} photos", "Only here"
        answer = ask(
            self._window,
            "Undo",
            f"“{act['name']}” changed {act['count']} photos. Take it back on all of them?",
            "Photos that were changed since then stay as they are.",
            {everywhere: Role.AcceptRole, here: Role.ActionRole},
            "Cancel",
        )
        if answer == everywhere:
            self.undo(act["id"])
        return answer == here

    def run(self, name: str, ids: Sequence[str], act: Act) -> None:
        """Do something to photos; everything that is open is saved first.

        Args:
            name: In words, for the undo list.
            ids: The photos.
            act: Changes a document.
        """
        batch = uuid.uuid4().hex
        self.runner.edit(
            name, dict.fromkeys(ids, act), batch, lambda changed: self._done(name, batch, changed)
        )

    def undo(self, batch: str) -> None:
        """Take an act back on every photo where nothing was done since."""
        act = next((a for a in self._acts if a["id"] == batch), None)
        project = self._session.project
        if act is None or project is None or self.running:
            return
        name = act["name"]

        def finish(changed: list[str]) -> None:
            self.forget(batch)
            left = act["count"] - len(changed)
            text = f"“{name}” taken back on {counted(len(changed))}."
            text += f" {counted(left)} were changed since and stay as they are." if left else ""
            self._session.say(text)

        def step_back(document: Document) -> None:
            edit = document.history.next_undo
            if edit is not None and edit.batch == batch:
                document.undo()

        if act["kind"] == EDIT:
            ids = project.photos_of(batch)
            self.runner.edit(f"Taking back “{name}”", dict.fromkeys(ids, step_back), "", finish)
        elif act["kind"] in self.undoers:
            self.undoers[act["kind"]](act, finish)
        else:
            revisions = dict(act["photos"])
            self.runner.each(
                f"Taking back “{name}”",
                list(revisions),
                lambda i, _: lambda: project.step_back(i, revisions[i]),
                finish,
            )

    def keep(self, name: str, batch: str, kind: str, changed: list[Any]) -> None:
        """Remember an act, to take it back later.

        Args:
            name: In words.
            batch: Its number.
            kind: EDIT, PREDICT or a key of `undoers`.
            changed: EDIT: photo ids; PREDICT: photo ids with the number of the save; else what
                its undoer needs, JSON, one item a photo.
        """
        project = self._session.project
        if project is None or not changed:
            return
        act = {"id": batch, "name": name, "kind": kind, "count": len(changed)}
        if kind != EDIT:
            act["photos"] = changed
        self._acts = [*self._acts, act][-MOST_KEPT:]
        self._write()

    def refresh(self) -> None:
        """Allow what is possible now."""
        free = self._session.project is not None and not self._session.read_only
        free = free and not self.running
        statuses = {r.status for r in self._session.records.values()} if free else set()
        self._actions.enable("predicted" in statuses, "accept_all")
        self._actions.enable(bool(statuses - {"new"}), "delete_masks")
        self._actions.enable(free and bool(self._acts), "undo_batch")

    def agree(self, text: str, details: str, yes: str, *, undone: bool = True) -> bool:
        """Ask before an act on several photos; says no while another one is under way.

        Args:
            text: The question, with the number of photos.
            details: What it leads to.
            yes: Words of the button that begins.
            undone: Whether to say that it can be taken back.
        """
        if self.running:
            return False
        note = "Photos ▸ Take back undoes it on all of them." if undone else ""
        answer = ask(
            self._window,
            "Several photos",
            text,
            f"{details}\n{note}".strip(),
            {yes: Role.AcceptRole},
            "Cancel",
            Icon.Question,
        )
        return answer == yes

    def _done(self, name: str, batch: str, changed: list[str]) -> None:
        self.keep(name, batch, EDIT, changed)
        how = " Photos ▸ Take back undoes it." if changed else ""
        self._session.say(f"{name}: {counted(len(changed))} changed.{how}")

    def forget(self, batch: str) -> None:
        """An act cannot be taken back from here any more."""
        self._acts = [a for a in self._acts if a["id"] != batch]
        self._write()

    def _write(self) -> None:
        project, acts = self._session.project, list(self._acts)
        if project is not None and not project.read_only:
            run_task(lambda: project.set(KEPT, acts), on_error=self._session.fail)
        self.refresh()

    def _on_project(self) -> None:
        project = self._session.project
        self._acts = _read(project) if project is not None else []
        self.refresh()


def delete_mask(document: Document) -> None:
    """Empty a mask; every pixel that was lesion counts as touched."""
    labels = document.labels.array
    document.replace("Delete mask", labels * 0, document.touched | (labels > 0))


def _read(project: Project) -> list[dict[str, Any]]:
    """The acts that were kept, without what is no such thing."""
    found = project.get(KEPT, [])
    acts = found if isinstance(found, list) else []
    return [a for a in acts if isinstance(a, dict) and {"id", "name", "kind", "count"} <= set(a)]
