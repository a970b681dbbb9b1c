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
        "Next photo &still to do",
        "Go to the next photo that is neither approved nor skipped",
        keys=("Ctrl+Shift+D",),
    ),
    "next_teaching": ActionSpec(
        "Next photo that teaches &most",
        "Go to the photo whose correction would teach the model most",
        keys=("S",),
    ),
    "next_doubtful": ActionSpec(
        "Next most &doubtful photo",
        "Go to the photo still to do whose severity is the least certain",
        icon="uncertainty",
        keys=("Shift+D",),
    ),
    "needs_work": ActionSpec(
        "Needs &work",
        "Mark the photo as one that needs work and open the next one; the same again takes it back",
        icon="needs-work",
        keys=("Ctrl+Shift+W",),
        destructive=True,
    ),
    "skip": ActionSpec(
        "S&kip",
        "Leave the photo out for now and open the next one; the same again takes it back",
        icon="skip",
        keys=("Ctrl+Shift+S",),
        destructive=True,
    ),
    "note": ActionSpec(
        "N&ote…",
        "Write a line about the photo, for whoever looks at it next",
        icon="note",
        keys=("Ctrl+Shift+N",),
    ),
    "approve_marked": ActionSpec(
        "Appro&ve marked photos…",
        "Mark all photos that are marked in the list as approved, as far as they have a mask",
        icon="approve",
        destructive=True,
    ),
    "filter": ActionSpec(
        "&Filter photos",
        "Jump to the filter box of the photo list",
        icon="filter",
        keys=("Ctrl+L",),
    ),
    "watch": ActionSpec(
        "Watc&h this folder",
        "Add new photos that appear in the folder by themselves, and predict them in the "
        "background",
        icon="eye",
        checkable=True,
    ),
    "remove_photos": ActionSpec(
        "Remove from pro&ject…",
        "Take the marked photos out of the project with their masks; the photo files stay, and "
        "the photos can be put back",
        icon="remove",
        destructive=True,
    ),
    "put_back": ActionSpec(
        "P&ut back…",
        "Bring photos back that were removed from the project, with their masks",
        icon="put-back",
    ),
    "empty_removed": ActionSpec(
        "&Empty removed…",
        "Delete the masks of removed photos for good, to free disk space; the photo files stay",
        icon="trash",
        destructive=True,
    ),
    "predict_all": ActionSpec(
        "&Predict all…",
        "Run the model on every photo in the list, or on those marked, that nobody worked on",
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
        "Take the model's mask over on every photo in the list, or on those marked, that nobody "
        "worked on",
        icon="accept",
        destructive=True,
    ),
    "delete_masks": ActionSpec(
        "&Delete masks…",
        "Empty the masks of all photos in the list, or of those marked; the photos stay",
        icon="trash",
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
    "next_doubtful",
    "filter",
    "watch",
    SEPARATOR,
    "needs_work",
    "skip",
    "note",
    "approve_marked",
    SEPARATOR,
    "predict_all",
    "refresh_outdated",
    "accept_all",
    "delete_masks",
    SEPARATOR,
    "undo_batch",
    SEPARATOR,
    "keep_out",
    SEPARATOR,
    "remove_photos",
    "put_back",
    "empty_removed",
)
