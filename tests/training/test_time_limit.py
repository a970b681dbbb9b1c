"""A run that is slower than its trial ends in time, with its schedule of rates at its end."""

import itertools

import pytest

from plantseg_gui.training.guards import TimeLimit


def walk(limit, updates, each_s, left_s):
    """The places that are visited when every update takes `each_s` of the seconds left."""
    at, visited = 0.0, []
    while int(at) < updates:
        visited.append(int(at))
        left_s -= each_s
        at += limit.stride(at, each_s, left_s)
    return visited, left_s


def test_in_time_every_update_is_made():
    limit = TimeLimit(80)
    visited, _ = walk(limit, 80, 0.1, 8.0)
    assert visited == list(range(80))
    assert not limit.shortened


@pytest.mark.parametrize("slow", [1.5, 3.0, 10.0])
def test_a_slow_machine_leaves_out_updates_evenly_and_ends_in_time(slow):
    limit = TimeLimit(80)
    visited, left_s = walk(limit, 80, 0.1 * slow, 8.0)
    assert limit.shortened
    assert left_s > -2 * 0.1 * slow
    assert len(visited) == pytest.approx(80 / slow, abs=3)
    assert visited[-1] > 80 - 2 * slow - 2  # the rates have come down
    steps = {b - a for a, b in itertools.pairwise(visited[5:])}
    assert max(steps) - min(steps) <= 1


def test_too_late_ends_at_once_but_for_what_must_be_made():
    limit = TimeLimit(80)
    visited, _ = walk(limit, 80, 1.0, -5.0)
    assert visited == [0, 1, 2]
    visited, _ = walk(TimeLimit(80, 12), 80, 1.0, -5.0)
    assert 12 <= len(visited) <= 15
