"""Running a model and choosing one."""

from plantseg_gui.ui.acts.spec import SEPARATOR, ActionSpec

TITLE = "&Model"

ACTIONS: dict[str, ActionSpec] = {
    "run": ActionSpec(
        "&Run model", "Find the lesions of this photo again", icon="run", keys=("Ctrl+R",)
    ),
    "uncertainty": ActionSpec(
        "Compute &uncertainty",
        "Second pass: where turned views of the photo disagree, where the model is undecided",
        icon="uncertainty",
        keys=("U",),
    ),
    "auto_run": ActionSpec(
        "Run when a photo is &opened",
        "Find lesions as soon as a new photo is opened",
        checkable=True,
    ),
    "auto_uncertainty": ActionSpec(
        "&Follow with uncertainty", "Compute uncertainty after each run", checkable=True
    ),
    "mode_adaptive": ActionSpec(
        "&Adaptive", "The whole leaf, most suspicious places first", checkable=True, group="mode"
    ),
    "mode_full": ActionSpec(
        "&Full", "Every part of the photo, background too", checkable=True, group="mode"
    ),
    "mode_single": ActionSpec(
        "&Single tile",
        "Only the most suspicious place: quick, no severity",
        checkable=True,
        group="mode",
    ),
    "mode_grid24": ActionSpec(
        "&Grid of 24", "24 large overlapping tiles", checkable=True, group="mode"
    ),
    "scale_1": ActionSpec(
        "&Normal", "This project's lesions are of normal size", checkable=True, group="scale"
    ),
    "scale_2": ActionSpec(
        "&Tiny (2×, four times slower)",
        "This project's lesions are tiny: its photos are looked at twice as large",
        checkable=True,
        group="scale",
    ),
    "models": ActionSpec(
        "&Models…", "Choose a model version and read its card", icon="model", keys=("Ctrl+M",)
    ),
}

MENU: tuple[str, ...] = (
    "run",
    "uncertainty",
    SEPARATOR,
    "auto_run",
    "auto_uncertainty",
    "&Tiles>",
    "&Lesion size>",
    SEPARATOR,
    "Model &version>",
    "models",
)

SUBMENUS: dict[str, tuple[str, ...]] = {
    "&Tiles>": (
        "mode_adaptive",
        "mode_full",
        "mode_single",
        "mode_grid24",
    ),
    "&Lesion size>": (
        "scale_1",
        "scale_2",
    ),
}
