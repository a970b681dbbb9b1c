from plantseg_gui.jobs.silence import SILENT_S, SilenceWatch
from plantseg_gui.training.protocol import Step


def test_a_silence_is_told_once_and_slow_updates_are_given_more_time():
    now = [0.0]
    watch = SilenceWatch(lambda: now[0])
    now[0] = SILENT_S + 1
    assert watch.too_long() == SILENT_S + 1
    assert watch.too_long() is None
    watch.heard(Step(1, 2, 0.5, 1.0, 30.0))
    now[0] += SILENT_S + 1
    assert watch.too_long() is None
    now[0] += 600
    assert watch.too_long() is not None
