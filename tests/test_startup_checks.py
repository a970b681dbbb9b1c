import os
import socket
import subprocess
import sys

import pytest

from plantseg_gui import startup_checks
from plantseg_gui.startup_checks import find_obstacle, missing_libraries, platform_names

linux_only = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="Windows and macOS need no system libraries"
)
pytestmark = linux_only


def start_gui(**environ: str) -> subprocess.CompletedProcess:
    kept = {k: v for k, v in os.environ.items() if k not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    kept.pop("QT_QPA_PLATFORM", None)
    return subprocess.run(
        [sys.executable, "-m", "plantseg_gui", "gui"],
        env={**kept, **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_no_display_is_one_line_and_exit_code_2():
    done = start_gui()
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "display" in done.stderr
    assert "xvfb-run" in done.stderr


def test_display_that_nobody_serves_is_one_line_and_exit_code_2():
    done = start_gui(DISPLAY=":97")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    # Either the X11 libraries are missing here, or the server does not answer.
    assert "apt install" in done.stderr or "DISPLAY=:97" in done.stderr


def test_x_server_that_does_not_answer_is_named(monkeypatch):
    monkeypatch.setattr(startup_checks, "XCB_LIBRARIES", {"libxcb.so.1": "libxcb1"})
    assert "no X server answers at DISPLAY=:97" in find_obstacle({"DISPLAY": ":97"})


def test_offscreen_is_accepted():
    assert find_obstacle({"QT_QPA_PLATFORM": "offscreen"}) == ""
    assert find_obstacle({"QT_QPA_PLATFORM": "xcb;offscreen:size=800x600"}) == ""


def test_unknown_platform_names_the_good_ones():
    line = find_obstacle({"QT_QPA_PLATFORM": "ofscreen"})
    assert "QT_QPA_PLATFORM=ofscreen" in line
    assert "offscreen" in line


def test_missing_library_names_library_and_package(monkeypatch):
    monkeypatch.setitem(startup_checks.QT_LIBRARIES, "libnosuch-plantseg.so.7", "libnosuch7")
    line = find_obstacle({"QT_QPA_PLATFORM": "offscreen"})
    assert "libnosuch-plantseg.so.7" in line
    assert line.endswith("sudo apt install libnosuch7")
    assert "\n" not in line


def test_one_package_for_two_libraries_is_said_once():
    libraries = {"a.so": "pkg", "b.so": "pkg", "c.so": "other"}
    missing = missing_libraries(libraries, loads=lambda name: False)
    assert startup_checks._install_line(missing).endswith("sudo apt install pkg other")


def test_wayland_socket_must_answer(tmp_path, monkeypatch):
    monkeypatch.setattr(startup_checks, "WAYLAND_LIBRARIES", {})
    environ = {"WAYLAND_DISPLAY": "wayland-9", "XDG_RUNTIME_DIR": str(tmp_path)}
    assert "WAYLAND_DISPLAY=wayland-9" in find_obstacle(environ)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(str(tmp_path / "wayland-9"))
        server.listen(1)
        assert find_obstacle(environ) == ""
    # The file stays after the compositor has gone.
    assert "no Wayland compositor" in find_obstacle(environ)


def test_one_display_that_works_is_enough(tmp_path, monkeypatch):
    monkeypatch.setattr(startup_checks, "WAYLAND_LIBRARIES", {})
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(str(tmp_path / "w"))
        server.listen(1)
        environ = {"WAYLAND_DISPLAY": str(tmp_path / "w"), "DISPLAY": ":97"}
        assert find_obstacle(environ) == ""


@pytest.mark.parametrize(
    ("value", "names"),
    [("offscreen", ["offscreen"]), ("xcb:a=b; wayland;", ["xcb", "wayland"]), ("", [])],
)
def test_platform_names(value, names):
    assert platform_names(value) == names


def test_library_list_covers_what_qt_links():
    """Each system library that the installed Qt links is either checked or part of every system."""
    from pathlib import Path

    import PySide6

    base = {"libc.so.6", "libm.so.6", "libstdc++.so.6", "libgcc_s.so.1", "libz.so.1"}
    lib = Path(PySide6.__file__).parent / "Qt" / "lib"
    needed = set()
    for name in ("libQt6Core.so.6", "libQt6Gui.so.6", "libQt6DBus.so.6", "libQt6XcbQpa.so.6"):
        needed |= needed_libraries((lib / name).read_bytes())
    known = {*startup_checks.QT_LIBRARIES, *startup_checks.XCB_LIBRARIES, *base}
    foreign = {n for n in needed if not n.startswith(("libQt6", "libicu", "ld-linux"))}
    assert len(foreign) > 15
    assert foreign <= known


def needed_libraries(elf: bytes) -> set[str]:
    """DT_NEEDED entries of a 64-bit little-endian ELF file."""
    import struct

    program_offset = struct.unpack_from("<Q", elf, 32)[0]
    entry_size, entries = struct.unpack_from("<HH", elf, 54)
    loads, dynamic = [], None
    for index in range(entries):
        kind, _, offset, address, _, size = struct.unpack_from(
            "<IIQQQQ", elf, program_offset + index * entry_size
        )
        if kind == 1:
            loads.append((address, offset, size))
        elif kind == 2:
            dynamic = (offset, size)
    assert dynamic is not None
    tags = list(struct.iter_unpack("<QQ", elf[dynamic[0] : sum(dynamic)]))
    table = next(value for tag, value in tags if tag == 5)
    address, offset, _ = next(load for load in loads if load[0] <= table < load[0] + load[2])
    start = table - address + offset
    names = set()
    for tag, value in tags:
        if tag == 1:
            end = elf.index(b"\0", start + value)
            names.add(elf[start + value : end].decode())
    return names
