import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantseg_gui.training import protocol as p

EVERY = [
    p.Started(7, 1.5, "run", "cpu", 3),
    p.Stage("Reading photos", 1, 3),
    p.Trial(0.4, 80, 32.0),
    p.Step(1, 80, 0.5, 30.0, 0.4, 1e-3, {"dice": 0.5}, "check"),
    p.Epoch(10, 80, {"a": 0.5}, 0.5, True),
    p.Preview(10, "x.png", "a", True, 0.5),
    p.Warning_("ä"),
    p.Error("input", "what", "do"),
    p.Finished(80, 40.0, "model", {"n": [1, None]}),
    p.Stopped(3, 2.0, ""),
]


def test_every_kind_of_event_has_an_example():
    assert {type(e) for e in EVERY} == set(p.EVENTS.values())


@pytest.mark.parametrize("event", EVERY, ids=lambda e: e.kind)
def test_an_event_survives_its_line(event):
    line = event.to_line()
    assert "\n" not in line
    assert p.parse_line(line) == event


@given(
    st.one_of(
        st.text(),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
            ),
        ).map(json.dumps),
    )
)
def test_garbage_is_no_event(line):
    assert p.parse_line(line) is None


@given(st.sampled_from(EVERY), st.data())
def test_a_damaged_event_is_none_or_well_typed(event, data):
    values = json.loads(event.to_line())
    key = data.draw(st.sampled_from(sorted(values)))
    values[key] = data.draw(st.sampled_from([None, [], {}, "x", True, 1, 1.5, -1]))
    found = p.parse_line(json.dumps(values))
    if found is not None:
        assert found.to_line()
        assert type(found) in p.EVENTS.values()


def test_half_a_line_and_deep_nesting_are_no_events():
    line = EVERY[0].to_line()
    assert all(p.parse_line(line[:n]) is None for n in range(len(line)))
    assert p.parse_line("[" * 100_000) is None


def test_unknown_keys_of_a_newer_version_are_ignored():
    data = json.loads(p.Stage("x").to_line()) | {"colour": "red"}
    assert p.parse_line(json.dumps(data)) is not None


def test_the_tail_waits_for_the_end_of_a_line(tmp_path):
    tail = p.EventTail(tmp_path)
    assert tail.poll() == []
    line = p.Stage("ü").to_line().encode()
    path = tmp_path / p.EVENTS_FILE
    path.write_bytes(b"\xff garbage\n" + line + b"\n" + line[:9])
    assert [type(e) for e in tail.poll()] == [p.Stage]
    with path.open("ab") as file:
        file.write(line[9:] + b"\n")
    assert len(tail.poll()) == 1
    assert tail.poll() == []


def test_commands_arrive_once_and_in_order(tmp_path):
    reader = p.CommandReader(tmp_path)
    p.send_command(tmp_path, "pause")
    with (tmp_path / p.CONTROL_FILE).open("a") as file:
        file.write("nonsense\nsto")
    assert reader.poll() == ["pause"]
    with (tmp_path / p.CONTROL_FILE).open("a") as file:
        file.write("p\n")
    assert reader.poll() == ["stop"]
    assert reader.poll() == []
    with pytest.raises(ValueError, match="unknown"):
        p.send_command(tmp_path, "explode")


def test_a_word_of_an_earlier_process_is_not_obeyed_but_an_early_one_is(tmp_path):
    p.send_command(tmp_path, "stop")
    assert p.CommandReader(tmp_path).poll() == ["stop"]
    (tmp_path / p.EVENTS_FILE).write_text("")
    assert p.CommandReader(tmp_path).poll() == []


def test_it_loads_the_standard_library_alone():
    code = (
        "import sys, plantseg_gui.training.protocol as p;"
        "sys.exit(bool({'torch', 'numpy', 'PySide6'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
