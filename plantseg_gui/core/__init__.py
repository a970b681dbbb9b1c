"""Domain code: labels, strokes, history, leaf, lesions, severity. No Qt, no torch, no files."""
