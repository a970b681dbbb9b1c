"""The only bridge between the window and long work. QtCore only."""
