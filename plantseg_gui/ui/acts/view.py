"""View acts: zoom, layers, panels and look."""

from plantseg_gui.ui.acts.spec import SEPARATOR, ActionSpec

TITLE = "&View"

ACTIONS: dict[str, ActionSpec] = {
    "fit": ActionSpec("&Fit to window", "Show the whole photo", icon="fit", keys=("Ctrl+F",)),
    "actual_size": ActionSpec(
        "&100 %", "One photo pixel on one screen pixel", icon="actual-size", keys=("Ctrl+1",)
    ),
    "zoom_in": ActionSpec(
        "Zoom &in",
        "Show the photo larger",
        icon="zoom-in",
        keys=(
            "+",
            "=",
        ),
    ),
    "zoom_out": ActionSpec("Zoom &out", "Show the photo smaller", icon="zoom-out", keys=("-",)),
    "layer_mask": ActionSpec("&Mask", "Show the lesion mask", checkable=True, keys=("Alt+1",)),
    "layer_leaf": ActionSpec("&Leaf area", "Show the leaf area", checkable=True, keys=("Alt+2",)),
    "layer_probability": ActionSpec(
        "&Probability", "Show the lesion probability", checkable=True, keys=("Alt+3",)
    ),
    "layer_attention1": ActionSpec(
        "Attention &1 (fine)", "Show the fine attention map", checkable=True, keys=("Alt+4",)
    ),
    "layer_attention2": ActionSpec(
        "Attention &2 (coarse)", "Show the coarse attention map", checkable=True, keys=("Alt+5",)
    ),
    "layer_variance": ActionSpec(
        "&Variance", "Show where turned views disagree", checkable=True, keys=("Alt+6",)
    ),
    "layer_energy": ActionSpec(
        "&Energy", "Show where the model is undecided", checkable=True, keys=("Alt+7",)
    ),
    "layer_origin": ActionSpec(
        "&Origin",
        "Show which pixels are yours and which the model's",
        checkable=True,
        keys=("Alt+9",),
    ),
    "channels": ActionSpec(
        "&Activations",
        "Which channels the network's attention weighs most in this photo",
        keys=("Alt+8",),
    ),
    "wipe": ActionSpec(
        "&Wipe between two masks",
        "Compare masks, earlier masks and maps of this photo with a divider",
        icon="wipe",
        checkable=True,
        keys=("Shift+W",),
    ),
    "side_by_side": ActionSpec(
        "Side &by side",
        "Show another photo, or this one by another model version, beside it",
        icon="side-by-side",
        checkable=True,
        keys=("Shift+S",),
    ),
    "tile_grid": ActionSpec(
        "&Tiles and scores",
        "Show the network's tiles with their scores; dashed: not looked at",
        icon="tiles",
        checkable=True,
        keys=("Alt+0",),
    ),
    "minimap": ActionSpec(
        "Mini&map",
        "Show the whole photo small in a corner while zoomed in",
        icon="minimap",
        checkable=True,
        keys=("Shift+M",),
    ),
    "loupe": ActionSpec(
        "L&oupe",
        "Show the pixels at the pointer eight times as large, with their values",
        icon="loupe",
        checkable=True,
        keys=("Shift+L",),
    ),
    "scale_bar": ActionSpec(
        "Scale &bar", "Show a bar of a known length", icon="scale-bar", checkable=True
    ),
    "adjust_panel": ActionSpec(
        "&Adjust the view",
        "Change brightness, contrast, colour and channel for viewing only",
        icon="adjust",
    ),
    "pick_grey": ActionSpec(
        "Pick a &grey spot",
        "The next click says what is grey: the colours are balanced by it, for viewing only",
        icon="pick",
        checkable=True,
        short="Pick grey",
    ),
    "adjust_reset": ActionSpec(
        "&Reset the view's colours",
        "Show the photo as it is again",
        icon="reset",
        short="Reset",
    ),
    "photos_panel": ActionSpec(
        "Photo &list",
        "Show or hide the photo list",
        icon="panel-left",
        checkable=True,
        keys=("F9",),
    ),
    "side_panel": ActionSpec(
        "&Side panel",
        "Show or hide the side panel",
        icon="panel-right",
        checkable=True,
        keys=("F10",),
    ),
    "full_screen": ActionSpec(
        "F&ull screen", "Use the whole screen", icon="full-screen", checkable=True, keys=("F11",)
    ),
    "theme_system": ActionSpec(
        "Like the &system", "Light or dark as the system", checkable=True, group="look"
    ),
    "theme_light": ActionSpec("&Light", "Always light", checkable=True, group="look"),
    "theme_dark": ActionSpec("&Dark", "Always dark", checkable=True, group="look"),
}

MENU: tuple[str, ...] = (
    "fit",
    "actual_size",
    "zoom_in",
    "zoom_out",
    SEPARATOR,
    "&Layers>",
    "channels",
    "&Colours of the view>",
    SEPARATOR,
    "minimap",
    "loupe",
    "scale_bar",
    SEPARATOR,
    "wipe",
    "side_by_side",
    SEPARATOR,
    "photos_panel",
    "side_panel",
    "full_screen",
    "&Theme>",
)

SUBMENUS: dict[str, tuple[str, ...]] = {
    "&Layers>": (
        "layer_mask",
        "layer_leaf",
        "layer_probability",
        "layer_attention1",
        "layer_attention2",
        "layer_variance",
        "layer_energy",
        "layer_origin",
        "tile_grid",
    ),
    "&Colours of the view>": (
        "adjust_panel",
        "pick_grey",
        "adjust_reset",
    ),
    "&Theme>": (
        "theme_system",
        "theme_light",
        "theme_dark",
    ),
}
