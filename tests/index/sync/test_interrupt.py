"""Work in a thread that can be left behind."""

import threading
from collections.abc import Iterator

import pytest

from index.sync.interrupt import Aside, RunStopped


def test_items_come_in_order_and_their_errors_too() -> None:
    def items() -> Iterator[int]:
        yield from range(3)
        raise TimeoutError("too slow")

    for stopped in (None, lambda: False):
        taken: list[int] = []
        with Aside(stopped) as aside, pytest.raises(TimeoutError, match="too slow"):
            for item in aside.each(items()):
                taken.append(item)
        assert taken == [0, 1, 2]


def test_without_a_reason_to_stop_the_work_is_done_in_the_same_thread() -> None:
    with Aside(None) as aside:
        assert aside.result(threading.get_ident) == threading.get_ident()
    with Aside(lambda: False) as aside:
        assert aside.result(threading.get_ident) != threading.get_ident()


def test_work_in_hand_is_left_behind_and_its_result_dropped() -> None:
    begun, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        may_end.wait(60)
        ended.set()

    with pytest.raises(RunStopped), Aside(begun.is_set) as aside:
        aside.result(work)
    assert not ended.is_set()
    may_end.set()
    assert ended.wait(60)
