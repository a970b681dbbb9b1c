"""Correction tools, one class and one file each."""
