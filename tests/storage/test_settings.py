import json
from dataclasses import asdict, fields, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plantseg_gui.core.errors import StorageError
from plantseg_gui.storage.settings import (
    MAX_RECENT,
    SCHEMA_VERSION,
    Settings,
    load_settings,
    save_settings,
    settings_path,
)


def write(text: str) -> None:
    settings_path().parent.mkdir(parents=True, exist_ok=True)
    settings_path().write_text(text, encoding="utf-8")


def copies() -> list[Path]:
    return list(settings_path().parent.glob("settings.damaged-*.json"))


def test_first_start() -> None:
    assert load_settings() == Settings()
    assert not settings_path().exists()


def test_round_trip() -> None:
    changed = Settings(theme="dark", brush_radius_px=40, autosave_s=30.0, tile_mode="full")
    changed.overlay_opacity["mask"] = 0.25
    changed.overlay_visible["leaf"] = True
    changed = changed.with_recent(Path("/ä/b"))
    changed.shortcuts = {"fit": ["F8"], "run": []}
    save_settings(changed)
    assert load_settings() == changed


def test_recent_projects_are_unique_newest_first_and_few() -> None:
    state = Settings()
    for number in [*range(20), 15]:
        state = state.with_recent(Path(f"/p{number}"))
    assert len(state.recent_projects) == MAX_RECENT
    assert state.recent_projects[:3] == ["/p15", "/p19", "/p18"]
    assert "/p19" not in state.without_recent(Path("/p19")).recent_projects


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 100_000, '{"a": 1', "\0" * 50])
def test_damaged_file_gives_defaults_and_is_kept(text: str) -> None:
    write(text)
    assert load_settings() == Settings()
    assert [c.read_text() for c in copies()] == [text]


def test_newer_file_is_kept_and_read_as_far_as_possible() -> None:
    text = json.dumps({"schema_version": SCHEMA_VERSION + 1, "theme": "dark", "wings": 2})
    write(text)
    assert load_settings() == Settings(theme="dark")
    assert len(copies()) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("theme", "pink"),
        ("theme", 3),
        ("brush_radius_px", -1),
        ("brush_radius_px", True),
        ("brush_radius_px", "12"),
        ("autosave_s", 1e9),
        ("predict_on_open", 1),
        ("recent_projects", "x"),
        ("overlay_opacity", {"mask": 3, "leaf": "a"}),
        ("overlay_visible", [1]),
        ("last_folder", None),
        ("shortcuts", ["F1"]),
        ("shortcuts", {"fit": "F8", "run": 3}),
        ("tour_seen", "yes"),
    ],
)
def test_single_bad_value_falls_back(name: str, value: object) -> None:
    write(json.dumps({"schema_version": SCHEMA_VERSION, name: value, "device": "cpu"}))
    assert load_settings() == replace(Settings(), device="cpu")
    assert not copies()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.dictionaries(st.sampled_from([f.name for f in fields(Settings)]), json_values))
def test_nothing_breaks_loading(values: dict[str, object]) -> None:
    write(json.dumps(values))
    state = load_settings()
    assert state.schema_version == SCHEMA_VERSION
    assert {k: type(v) for k, v in asdict(state).items()} == {
        k: type(v) for k, v in asdict(Settings()).items()
    }


def test_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("PLANTSEG_HOME", str(tmp_path / "file" / "below"))
    assert load_settings() == Settings()
    with pytest.raises(StorageError, match=r"settings\.json could not be saved"):
        save_settings(Settings())
