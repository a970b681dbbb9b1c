"""Garbage on the pipe: whatever is appended, a bounded amount is read and real events arrive."""

import json
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from plantseg_gui.training import protocol as p
from plantseg_gui.training.tail import CHUNK_BYTES, MAX_LINE_BYTES, Tail

REAL = p.Stage("real").to_line().encode() + b"\n"


def read_all(tail, looks=1000):
    found = []
    for _ in range(looks):
        found += tail.poll()
        if not tail.behind:
            return found
    raise AssertionError("it never came to an end")


@given(st.lists(st.binary(max_size=300), max_size=8))
@settings(max_examples=60)
def test_real_events_between_garbage_arrive_in_order(pieces):
    # A line of garbage that happens to begin a real one is no fault of the reader.
    pieces = [piece.replace(b"\n", b" ") for piece in pieces]
    with tempfile.TemporaryDirectory() as folder:
        lines = [piece + b"\n" + p.Stage(str(i)).to_line().encode() + b"\n"
                 for i, piece in enumerate(pieces)]  # fmt: skip
        (Path(folder) / p.EVENTS_FILE).write_bytes(b"".join(lines))
        found = read_all(p.EventTail(Path(folder)))
    assert [e.text for e in found] == [str(i) for i in range(len(pieces))]


def test_each_look_is_bounded_and_an_endless_line_is_skipped(tmp_path):
    path = tmp_path / p.EVENTS_FILE
    path.write_bytes(REAL + b"\0" * (MAX_LINE_BYTES + 3 * CHUNK_BYTES) + b"\n" + REAL + REAL[:9])
    tail = Tail(path)
    sizes, lines = [], []
    while True:
        new = tail.read()
        sizes.append(sum(map(len, new)))
        lines += new
        if not tail.behind:
            break
        assert len(tail._rest) <= MAX_LINE_BYTES
    assert [line.encode() + b"\n" for line in lines if line] == [REAL, REAL]
    assert max(sizes) <= CHUNK_BYTES
    with path.open("ab") as file:
        file.write(REAL[9:])
    assert tail.read() == [REAL.decode().rstrip("\n")]


def test_a_long_real_line_comes_through(tmp_path):
    results = {str(i): 0.5 for i in range(10_000)}
    event = p.Finished(1, 2.0, "m", results)
    (tmp_path / p.EVENTS_FILE).write_text(event.to_line() + "\n")
    assert len(event.to_line()) > CHUNK_BYTES
    assert read_all(p.EventTail(tmp_path)) == [event]


def test_thousands_of_events_come_a_bounded_number_at_a_time(tmp_path):
    (tmp_path / p.EVENTS_FILE).write_bytes(REAL * 20_000)
    tail = p.EventTail(tmp_path)
    first = tail.poll()
    assert 0 < len(first) <= CHUNK_BYTES // len(REAL)
    assert tail.behind
    assert len(first) + len(read_all(tail)) == 20_000


def test_a_tail_that_skips_begins_with_what_comes_next(tmp_path):
    (tmp_path / p.EVENTS_FILE).write_bytes(REAL * 3)
    tail = p.EventTail(tmp_path, skip=True)
    assert tail.poll() == []
    with (tmp_path / p.EVENTS_FILE).open("ab") as file:
        file.write(REAL)
    assert len(tail.poll()) == 1


def test_a_file_that_cannot_be_read_has_no_events(tmp_path):
    (tmp_path / p.EVENTS_FILE).mkdir()
    assert p.EventTail(tmp_path).poll() == []


def test_numbers_that_no_run_can_mean_are_no_events():
    step = json.loads(p.Step(1, 2, 0.5, 1.0, 0.1).to_line())
    for key, value in [
        ("eta_s", float("inf")), ("loss", float("nan")), ("update", 10**400), ("time", -1e300),
    ]:  # fmt: skip
        assert p.parse_line(json.dumps(step | {key: value})) is None
