"""Retraining."""

from plantseg_gui.ui.acts.spec import ActionSpec

TITLE = "&Train"

ACTIONS: dict[str, ActionSpec] = {
    "retrain": ActionSpec(
        "&Retrain…",
        "Teach the model with the photos that you corrected",
        icon="retrain",
        keys=("Ctrl+T",),
    ),
}

MENU: tuple[str, ...] = ("retrain",)
