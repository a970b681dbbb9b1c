from plantseg_gui.ui.canvas.frame_clock import FrameClock


def test_the_first_request_ticks_at_once_and_the_rest_share_a_frame(qtbot):
    ticks = []
    clock = FrameClock(frame_ms=40)
    clock.tick.connect(lambda: ticks.append(1))
    clock.request()
    assert ticks == [1]
    for _ in range(20):
        clock.request()
    assert ticks == [1]
    qtbot.waitUntil(lambda: len(ticks) == 2)
    qtbot.wait(90)
    assert len(ticks) == 2


def test_later_never_ticks_inside_the_call_and_stop_forgets(qtbot):
    ticks = []
    clock = FrameClock(frame_ms=5)
    clock.tick.connect(lambda: ticks.append(1))
    clock.request_later()
    assert ticks == []
    qtbot.waitUntil(lambda: ticks == [1])
    clock.request_later()
    clock.stop()
    qtbot.wait(30)
    assert ticks == [1]
