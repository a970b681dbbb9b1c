"""All acts of the window, one file for each menu.

To add an act: 1. a line in `ACTIONS` of its menu's file, with its keys; 2. its name in `MENU` or
`SUBMENUS` there; 3. connect `actions["name"].triggered` in the presenter that does it. A presenter
that cannot do an act at the moment disables the action; an act that is not built yet has no line.
"""
