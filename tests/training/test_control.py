import os
import time

import pytest

from plantseg_gui.core.cancel import Cancelled, CancelToken
from plantseg_gui.training.control import HEARTBEAT_FILE, Control, WindowWatch
from plantseg_gui.training.protocol import CommandReader, send_command


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def control(tmp_path, window=None):
    return Control(CommandReader(tmp_path), CancelToken(), window)


def test_stop_cancels(tmp_path):
    steering = control(tmp_path)
    assert steering.obey()
    send_command(tmp_path, "stop")
    assert not steering.obey()
    with pytest.raises(Cancelled):
        steering.check()


def test_pause_waits_for_resume(tmp_path):
    steering = control(tmp_path)
    send_command(tmp_path, "pause")
    beats = []

    def beat():
        beats.append(1)
        if len(beats) == 2:
            send_command(tmp_path, "resume")

    assert steering.obey(beat)
    assert len(beats) == 2


def test_stop_ends_a_pause(tmp_path):
    steering = control(tmp_path)
    send_command(tmp_path, "pause")
    assert not steering.obey(lambda: send_command(tmp_path, "stop"))


def watch(tmp_path, clock, age=0.0):
    file = tmp_path / HEARTBEAT_FILE
    file.touch()
    os.utime(file, (time.time() - age, time.time() - age))
    return WindowWatch(tmp_path, 20.0, clock)


def test_a_silent_window_is_gone_and_the_run_stops(tmp_path):
    clock = Clock()
    steering = control(tmp_path, watch(tmp_path, clock))
    clock.now += 19
    assert steering.obey()
    os.utime(tmp_path / HEARTBEAT_FILE, (time.time() + 5, time.time() + 5))
    assert steering.obey()
    clock.now += 19
    assert steering.obey()
    clock.now += 2
    assert not steering.obey()
    assert steering.window_gone


def test_keep_lets_the_run_live_without_a_window(tmp_path):
    clock = Clock()
    steering = control(tmp_path, watch(tmp_path, clock))
    send_command(tmp_path, "keep")
    assert steering.obey()
    clock.now += 1000
    assert steering.obey()


def test_without_a_window_or_with_one_of_yesterday_there_is_nothing_to_watch(tmp_path):
    clock = Clock()
    assert not WindowWatch(tmp_path, 20.0, clock).watching
    old = watch(tmp_path, clock, age=86_400)
    clock.now += 1000
    assert not old.gone()
