"""What can keep the window from opening, found before Qt is loaded.

Qt ends the process with `abort()` when it finds no display or cannot load its platform plugin, and
Python ends with a traceback when a system library is missing. Neither tells a person what to do,
so the same facts are looked up here first. Standard library only; a few milliseconds.

Source: the NEEDED entries of libQt6Core, libQt6Gui, libQt6DBus, libQt6XcbQpa and the platform
plugins of PySide6-Essentials 6.11 (readelf -d).
"""

import ctypes
import importlib.util
import os
import socket
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

# Library → Debian package. Other distributions' names differ; the library's own name is said too.
QT_LIBRARIES: dict[str, str] = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libzstd.so.1": "libzstd1",
}
XCB_LIBRARIES: dict[str, str] = {
    "libxcb.so.1": "libxcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
WAYLAND_LIBRARIES: dict[str, str] = {
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
}
NO_DISPLAY = (
    "there is no display to open a window on. Run it in a desktop session (over ssh: 'ssh -X'), "
    "start it with 'xvfb-run plantseg-gui', or use the command line: plantseg predict --help."
)

Loads = Callable[[str], bool]


def find_obstacle(environ: Mapping[str, str] | None = None) -> str:
    """Say in one line what keeps Qt from opening a window; empty when nothing does.

    Args:
        environ: Environment to judge; the process's own by default.
    """
    if importlib.util.find_spec("PySide6") is None:
        return "PySide6 (Qt) is not installed. Install the program again: pip install ."
    if not sys.platform.startswith("linux"):
        return ""
    environment = os.environ if environ is None else environ
    missing = missing_libraries(QT_LIBRARIES)
    if missing:
        return _install_line(missing)
    asked = environment.get("QT_QPA_PLATFORM", "")
    if asked:
        return _judge_asked(asked, environment)
    return _judge_display(environment)


def missing_libraries(libraries: Mapping[str, str], loads: Loads | None = None) -> dict[str, str]:
    """The libraries that the system's loader cannot load, with their Debian packages.

    Args:
        libraries: Library → package.
        loads: Tells whether a library loads; `dlopen` by default.
    """
    probe = _dlopens if loads is None else loads
    return {name: package for name, package in libraries.items() if not probe(name)}


def platform_names(value: str) -> list[str]:
    """Names in a QT_QPA_PLATFORM value such as "xcb:opt=1;offscreen"."""
    names = (part.split(":", 1)[0].strip() for part in value.split(";"))
    return [name for name in names if name]


def _judge_asked(value: str, environ: Mapping[str, str]) -> str:
    """Judge the platforms that QT_QPA_PLATFORM names; Qt takes the first that works."""
    known = _installed_platforms()
    names = platform_names(value)
    first = ""
    for name in names:
        if known and name not in known:
            problem = (
                f"QT_QPA_PLATFORM={value} names no platform of Qt here. Unset it, or choose one "
                f"of: {', '.join(sorted(known))}."
            )
        elif name == "xcb":
            problem = _judge_xcb(environ)
        elif name in {"wayland", "wayland-egl"}:
            problem = _judge_wayland(environ)
        else:
            problem = ""
        if not problem:
            return ""
        first = first or problem
    return first


def _judge_display(environ: Mapping[str, str]) -> str:
    """Judge the session's own displays, Wayland and X11; one that works is enough."""
    problems = []
    if environ.get("WAYLAND_DISPLAY"):
        problems.append(_judge_wayland(environ))
    if environ.get("DISPLAY"):
        problems.append(_judge_xcb(environ))
    if not problems:
        return NO_DISPLAY
    return "" if "" in problems else problems[-1]


def _judge_xcb(environ: Mapping[str, str]) -> str:
    display = environ.get("DISPLAY", "")
    if not display:
        return NO_DISPLAY
    missing = missing_libraries(XCB_LIBRARIES)
    if missing:
        return _install_line(missing)
    if not _x_server_answers(display):
        return (
            f"no X server answers at DISPLAY={display}. Set DISPLAY to the display of your desktop "
            "session (often :0), or start it with 'xvfb-run plantseg-gui'."
        )
    return ""


def _judge_wayland(environ: Mapping[str, str]) -> str:
    name = environ.get("WAYLAND_DISPLAY") or "wayland-0"
    path = Path(environ.get("XDG_RUNTIME_DIR", "")) / name  # an absolute name wins in the join
    if not _socket_answers(path):
        return (
            f"no Wayland compositor answers at WAYLAND_DISPLAY={name}. Unset WAYLAND_DISPLAY, or "
            "start the program inside the desktop session."
        )
    missing = missing_libraries(WAYLAND_LIBRARIES)
    return _install_line(missing) if missing else ""


def _install_line(missing: Mapping[str, str]) -> str:
    packages = " ".join(dict.fromkeys(missing.values()))
    return (
        f"Qt needs system libraries that are missing: {', '.join(missing)}. "
        f"On Debian or Ubuntu: sudo apt install {packages}"
    )


def _dlopens(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def _x_server_answers(display: str) -> bool:
    """Whether a connection to the X server can be made, with the user's authority file."""
    xcb = ctypes.CDLL("libxcb.so.1")
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(os.fsencode(display), None)
    try:
        return xcb.xcb_connection_has_error(connection) == 0
    finally:
        xcb.xcb_disconnect(connection)


def _socket_answers(path: Path) -> bool:
    """Whether a process listens at a local socket; a session that crashed leaves a dead one."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def _installed_platforms() -> set[str]:
    """Platform plugins beside the installed PySide6; empty when the folder is elsewhere."""
    spec = importlib.util.find_spec("PySide6")
    folders: Iterable[str] = (spec.submodule_search_locations or ()) if spec else ()
    found = set()
    for folder in folders:
        for file in (Path(folder) / "Qt" / "plugins" / "platforms").glob("libq*.so"):
            found.add(file.stem.removeprefix("libq"))
    # One plugin serves two names.
    return found | ({"wayland-egl"} if "wayland" in found else set())
