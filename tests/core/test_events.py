import gc

import pytest

from plantseg_gui.core.events import Signal


class Listener:
    def __init__(self):
        self.heard = []

    def hear(self, *args):
        self.heard.append(args)


def test_listeners_are_called_in_order_of_connection():
    signal, order = Signal(), []
    signal.connect(lambda: order.append("first"))
    signal.connect(lambda: order.append("second"))
    signal.emit()
    assert order == ["first", "second"]


def test_arguments_arrive():
    signal, listener = Signal(), Listener()
    signal.connect(listener.hear)
    signal.emit(1, "two")
    assert listener.heard == [(1, "two")]


def test_connecting_twice_counts_once():
    signal, listener = Signal(), Listener()
    signal.connect(listener.hear)
    signal.connect(listener.hear)
    signal.emit()
    assert len(listener.heard) == 1


def test_a_bound_method_does_not_keep_its_object():
    signal, listener = Signal(), Listener()
    signal.connect(listener.hear)
    del listener
    gc.collect()
    assert len(signal) == 0
    signal.emit()


def test_a_function_is_kept():
    signal, heard = Signal(), []
    signal.connect(lambda value: heard.append(value))
    gc.collect()
    signal.emit(3)
    assert heard == [3]


def test_a_built_in_method_can_listen():
    signal, heard = Signal(), []
    signal.connect(heard.append)
    signal.emit(3)
    assert heard == [3]


def test_disconnect():
    signal, listener = Signal(), Listener()
    signal.connect(listener.hear)
    signal.disconnect(listener.hear)
    signal.disconnect(listener.hear)
    signal.emit()
    assert listener.heard == []


def test_blocked_nests():
    signal, listener = Signal(), Listener()
    signal.connect(listener.hear)
    with signal.blocked():
        with signal.blocked():
            signal.emit(1)
        signal.emit(2)
    signal.emit(3)
    assert listener.heard == [(3,)]


def test_blocked_ends_when_the_block_fails():
    signal, listener = Signal(), Listener()
    signal.connect(listener.hear)
    with pytest.raises(KeyError), signal.blocked():
        raise KeyError
    signal.emit()
    assert listener.heard == [()]


def test_a_listener_may_disconnect_itself_while_it_runs():
    signal, heard = Signal(), []

    def once():
        heard.append(1)
        signal.disconnect(once)

    signal.connect(once)
    signal.connect(lambda: heard.append(2))
    signal.emit()
    signal.emit()
    assert heard == [1, 2, 2]
