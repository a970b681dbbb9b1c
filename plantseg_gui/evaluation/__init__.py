"""Figures: metrics, bootstrap intervals, comparison of models."""
