"""Right, top: the diagnosis in plain numbers, and why one is missing."""

from collections.abc import Sequence

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from plantseg_gui.core.results import Diagnosis, Prediction, TileMode
from plantseg_gui.ui.panels.parts import Card, ElidedLabel, label, set_role
from plantseg_gui.ui.panels.size_histogram import SizeHistogram
from plantseg_gui.ui.theme import UNIT, Theme

NOTHING = "–"
MODE_TEXT: dict[TileMode, str] = {
    TileMode.ADAPTIVE: "adaptive",
    TileMode.FULL: "full",
    TileMode.SINGLE: "single tile",
    TileMode.GRID24: "grid of 24",
}
TIPS = {
    "severity": "Lesion area as a share of the leaf area, as the mask is now; “unsure” is left out",
    "disease": "How sure the model is that this leaf is diseased at all",
    "lesions": "Separate lesions of the mask as it is now",
    "area": "Lesion area and leaf area in photo pixels",
    "model": "The model version that made the prediction",
    "time": "From the request to the mask, uncertainty left out",
    "tiles": "Tiles that the model looked at, of all tiles of the photo",
    "spent": "How long people have worked at this photo: while it was on screen, the window was "
    "active, and something was done in the last half minute",
}


class Figure(QWidget):
    """A large number over its name."""

    def __init__(self, name: str, tip: str, role: str = "figure") -> None:
        super().__init__()
        self.value = label(NOTHING, role, select=True)
        self.setToolTip(tip)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.value)
        column.addWidget(label(name, "caption"))


NO_PHOTO = "Open a photo: its numbers appear here."
NO_LESION = "No lesion: paint one that was missed, or approve the leaf as healthy."
NOTHING_YET = "No mask yet: run the model (Model menu) or paint."


class DiagnosisPanel(Card):
    """See the module's text."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "Diagnosis")
        self._severity = Figure("severity: share of the leaf area", TIPS["severity"], "bigFigure")
        self._disease = Figure("disease probability", TIPS["disease"])
        self._lesions = Figure("lesions", TIPS["lesions"])
        self._state = label("", "caption")
        self.head.insertWidget(2, self._state)
        self._reason = label("", "warning", wrap=True)
        self._reason.hide()
        self._facts: dict[str, ElidedLabel] = {}
        figures = QHBoxLayout()
        figures.setSpacing(2 * UNIT)
        figures.addWidget(self._disease, 1)
        figures.addWidget(self._lesions, 1)
        self.body.addWidget(self._severity)
        self.body.addWidget(self._reason)
        self.body.addLayout(figures)
        self.sizes = SizeHistogram()
        self._sizes_name = label("lesions by diameter, px", "caption")
        self._sizes_name.hide()
        self.body.addWidget(self.sizes)
        self.body.addWidget(self._sizes_name)
        self.body.addLayout(self._fact_grid())
        self.clear()

    def clear(self) -> None:
        """No photo."""
        for figure in (self._severity, self._disease, self._lesions):
            figure.value.setText(NOTHING)
        self._tell(NO_PHOTO, "muted")
        self._state.setText("")
        self.show_sizes(())
        self.show_prediction(None)

    def show_nothing(self) -> None:
        """Nobody has looked at the photo: no number, not even 0."""
        self.clear()
        self._tell(NOTHING_YET)

    def show_diagnosis(self, diagnosis: Diagnosis) -> None:
        """Show the numbers of the mask as it is now."""
        severity, disease = diagnosis.severity_pct, diagnosis.disease_probability
        self._severity.value.setText(NOTHING if severity is None else percent(severity))
        self._disease.value.setText(NOTHING if disease is None else percent(100 * disease))
        self._lesions.value.setText(f"{diagnosis.lesion_count:,}")
        leaf = diagnosis.leaf_area_px
        self._facts["area"].set_whole(
            f"{diagnosis.lesion_area_px:,} of {leaf:,} px"
            if leaf is not None
            else f"{diagnosis.lesion_area_px:,} px, leaf unknown"
        )
        if diagnosis.reason or diagnosis.lesion_count:
            self._tell(diagnosis.reason)
        else:
            self._tell(NO_LESION, "muted")
        self._state.setText("")

    def show_sizes(self, areas_px: Sequence[int]) -> None:
        """Show how large the lesions are, photo px; none shows nothing."""
        self.sizes.set_areas(areas_px)
        self._sizes_name.setVisible(bool(areas_px))

    def show_prediction(self, prediction: Prediction | None, model_in_use: str = "") -> None:
        """Show where the numbers come from.

        Args:
            prediction: Of the photo on screen.
            model_in_use: Said where the prediction is by another one; empty = not known.
        """
        if prediction is None:
            for name, fact in self._facts.items():
                if name != "spent":
                    fact.set_whole(NOTHING)
            return
        if model_in_use in ("", prediction.model):
            self._facts["model"].set_whole(prediction.model)
        else:
            self._facts["model"].set_whole(
                f"{prediction.model}, not in use",
                f"This prediction is by {prediction.model}; the model in use is {model_in_use}. "
                "Run the model for a new one.",
            )
        self._facts["time"].set_whole(f"{prediction.seconds:.1f} s on {prediction.device}")
        mode = MODE_TEXT.get(prediction.mode, str(prediction.mode))
        if prediction.scale != 1:
            mode += f", {prediction.scale:g}×"
        self._facts["tiles"].set_whole(
            f"{prediction.tiles_processed} of {prediction.tiles_total}, {mode}"
        )

    def show_time_spent(self, text: str) -> None:
        """Show how long people have worked at the photo; "" = not at all."""
        if (text or NOTHING) != self._facts["spent"].whole:
            self._facts["spent"].set_whole(text or NOTHING)

    def show_busy(self, text: str) -> None:
        """Say that the numbers are on their way: there is something to measure now."""
        self._state.setText(text)
        if self._reason.text() in (NOTHING_YET, NO_PHOTO):
            self._tell("")

    @property
    def texts(self) -> dict[str, str]:
        """What is on screen, by name, for tests and for the clipboard."""
        return {
            "severity": self._severity.value.text(),
            "disease": self._disease.value.text(),
            "lesions": self._lesions.value.text(),
            "reason": self._reason.text(),
            **{name: fact.whole for name, fact in self._facts.items()},
        }

    def _fact_grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(UNIT + 4)
        grid.setVerticalSpacing(UNIT // 2)
        grid.setColumnStretch(1, 1)
        names = {"area": "Lesion area", "model": "Model", "time": "Time taken", "tiles": "Tiles",
                 "spent": "Time spent"}  # fmt: skip
        for i, (name, title) in enumerate(names.items()):
            head = label(title, "muted")
            head.setToolTip(TIPS[name])
            self._facts[name] = ElidedLabel(NOTHING)
            grid.addWidget(head, i, 0)
            grid.addWidget(self._facts[name], i, 1)
        return grid

    def _tell(self, reason: str, role: str = "warning") -> None:
        self._reason.setText(reason)
        self._reason.setVisible(bool(reason))
        set_role(self._reason, role)


def percent(value: float) -> str:
    """A percentage with the digits that it deserves; never a false 0 or 100."""
    if value <= 0 or value >= 100:
        return f"{value:.0f} %"
    if value < 0.1:
        return "< 0.1 %" if value < 0.005 else f"{value:.2f} %"
    if value > 99.9:
        return "> 99.9 %"
    return f"{value:.1f} %"
