"""The seven loss terms and their sum."""
