"""Annotations of other tools, in and out: one file per format, `registry` holds the table of them.

To add a format: 1. a module with `read(path, name, options)` and `write(items, folder, options)` in
the style of `labelme.py`; 2. its line in `registry.FORMATS`; 3. its clues in `registry.detect`;
4. its lines in the tables of `tests/storage/formats/`.
"""
