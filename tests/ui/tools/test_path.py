from plantseg_gui.ui.tools.path import extend_path


def test_points_that_nobody_can_see_are_left_out_but_never_the_last():
    path = [(0.0, 0.0)]
    for n in range(1, 96):
        extend_path(path, [(0.0, n / 10)], 1.0)
        assert path[-1] == (0.0, n / 10)
    assert path == [*((0.0, float(n)) for n in range(10)), (0.0, 9.5)]
