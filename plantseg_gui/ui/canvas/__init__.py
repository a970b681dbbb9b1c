"""The canvas: photo, overlay, brush outline."""
