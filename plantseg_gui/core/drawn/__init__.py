"""Leaves drawn by code, with their exact lesion and leaf masks: the demo's photos and the tests'.

Reading order: `shapes` (outlines and veins in unit coordinates) → `raster` (the same as maps of
pixels) → `surface` (colour and relief of a healthy blade) → `lesions` (what is painted on it) →
`ground`, `light` (scene) → `draw` (all of it in order) → `demo` (the demo's twelve).

To add a leaf shape: 1. write its maker in `shapes` or `compound` 2. name it in `shapes.SHAPES`
3. give it colours in `surface.TONES`. To add a lesion type: 1. write its painter in `lesions` or
`lesions_spots` 2. name it in `lesions.LESION_TYPES`. Tests run over both tables.
"""
