"""Walking through the photos, and acts on several of them."""

from plantseg_gui.ui.acts.spec import SEPARATOR, ActionSpec

TITLE = "&Photos"

ACTIONS: dict[str, ActionSpec] = {
    "next": ActionSpec(
        "&Next photo",
        "Go to the next photo",
        icon="next",
        keys=(
            "D",
            "Right",
        ),
    ),
    "previous": ActionSpec(
        "&Previous photo",
        "Go to the previous photo",
        icon="previous",
        keys=(
            "A",
            "Left",
        ),
    ),
    "next_open": ActionSpec(
        "Next photo &not approved", "Go to the next photo not yet approved", keys=("Ctrl+Shift+D",)
    ),
    "next_teaching": ActionSpec(
        "Next photo that teaches &most",
        "Go to the photo whose correction would teach the model most",
        keys=("S",),
    ),
    "filter": ActionSpec(
        "&Filter photos",
        "Jump to the filter box of the photo list",
        icon="filter",
        keys=("Ctrl+L",),
    ),
    "predict_all": ActionSpec(
        "&Predict all…",
        "Run the model on every photo in the list that nobody worked on",
        icon="run",
    ),
    "refresh_outdated": ActionSpec(
        "&Refresh outdated predictions",
        "Run the model in use on every photo of this folder whose prediction another version "
        "made; the most doubtful first, and masks that you worked on stay",
        icon="clock",
    ),
    "accept_all": ActionSpec(
        "&Accept all predictions…",
        "Take the model's mask over on every photo in the list that nobody worked on",
        icon="accept",
        destructive=True,
    ),
    "delete_masks": ActionSpec(
        "&Delete masks…",
        "Empty the masks of all photos in the list; the photos stay",
        destructive=True,
    ),
    "undo_batch": ActionSpec(
        "&Take back the last of these…",
        "Undo the last act on several photos, on all of them",
        icon="undo",
    ),
    "keep_out": ActionSpec(
        "&Never train on this",
        "Put the photos marked in the list into your own test set: models are judged by them and "
        "never learn from them",
        icon="test-set",
        checkable=True,
        keys=("Ctrl+Shift+K",),
    ),
}

MENU: tuple[str, ...] = (
    "next",
    "previous",
    "next_open",
    "next_teaching",
    "filter",
    SEPARATOR,
    "predict_all",
    "refresh_outdated",
    "accept_all",
    "delete_masks",
    SEPARATOR,
    "undo_batch",
    SEPARATOR,
    "keep_out",
)
