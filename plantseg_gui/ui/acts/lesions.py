"""Going through the lesions of a photo one by one, and judging them."""

from plantseg_gui.ui.acts.spec import SEPARATOR, ActionSpec

TITLE = "&Lesions"

ACTIONS: dict[str, ActionSpec] = {
    "next_lesion": ActionSpec(
        "&Next lesion",
        "Show the next lesion of the list, in the canvas and enlarged",
        icon="next",
        keys=("Tab",),
    ),
    "previous_lesion": ActionSpec(
        "&Previous lesion",
        "Show the previous lesion of the list, in the canvas and enlarged",
        icon="previous",
        keys=("Shift+Tab",),
    ),
    "accept_lesion": ActionSpec(
        "&Accept lesion",
        "It is right as it is: it counts as yours, and the next one is shown",
        icon="accept",
        short="Accept",
        keys=("Shift+A",),
    ),
    "reject_lesion": ActionSpec(
        "&Reject lesion",
        "It is none: its place becomes healthy, and the next one is shown; undo takes it back",
        icon="lesion-reject",
        short="Reject",
        keys=("Shift+X",),
        destructive=True,
    ),
    "edit_lesion": ActionSpec(
        "&Edit lesion",
        "Zoom to it and take up the brush",
        icon="brush",
        short="Edit",
        keys=("Shift+E",),
    ),
    "colour_lesions": ActionSpec(
        "&Colour one by one",
        "Give lesions beside each other different colours, so that their borders are seen",
        icon="lesion-colours",
        checkable=True,
        short="Colours",
    ),
    "merge_lesions": ActionSpec(
        "&Merge lesions",
        "Make the lesions that are marked in the list one; Ctrl or Shift marks several",
        icon="merge",
        short="Merge",
        destructive=True,
    ),
}

MENU: tuple[str, ...] = (
    "next_lesion",
    "previous_lesion",
    SEPARATOR,
    "accept_lesion",
    "reject_lesion",
    "edit_lesion",
    "merge_lesions",
    SEPARATOR,
    "colour_lesions",
)
