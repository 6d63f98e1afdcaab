"""Waits end, say what was waited for in vain, and bring back what happened elsewhere."""

import _thread
import socket
import sys
import threading
import time
from collections import namedtuple

import pytest

from tests.harness import (
    ControlFailed,
    NotSeen,
    control,
    interpreter,
    joined,
    never,
    outcome,
    started,
    until,
)
from tests.harness.channel import Reports
from tests.harness.threads import Task
from tests.harness.waiting import pause

Version = namedtuple("Version", "major minor micro releaselevel serial")


class Later:
    """A condition that is false the first few times; counts how often it was asked."""

    def __init__(self, times):
        self.asked = 0
        self.times = times

    def __call__(self):
        """Tell whether it has been asked often enough."""
        self.asked += 1
        return self.asked > self.times


@pytest.fixture
def reports():
    """Return the test's end of a channel."""
    channel = Reports()
    yield channel
    channel.close()


@pytest.fixture
def gate():
    """Return a lock that is held, for a thread to wait for; it is let go in the end."""
    lock = _thread.allocate_lock()
    lock.acquire()
    yield lock
    if lock.locked():
        lock.release()


def test_until_returns_as_soon_as_the_condition_is_true():
    condition = Later(3)
    until(condition, "the third time")
    assert condition.asked == 4


def test_until_gives_up_and_says_what_it_waited_for():
    with pytest.raises(NotSeen, match=r"^waited 0\.05 s for this, in vain: a miracle$"):
        until(lambda: False, "a miracle", within=0.05)


def test_never_is_true_where_the_condition_stayed_false_all_the_time():
    condition = Later(10**9)
    begin = time.monotonic()
    assert never(condition, during=0.05)
    assert time.monotonic() - begin >= 0.05
    assert condition.asked > 2


@pytest.mark.parametrize("times", [0, 5])
def test_never_is_false_as_soon_as_the_condition_is_true(times):
    condition = Later(times)
    assert not never(condition, during=60)
    assert condition.asked == times + 1


def test_never_looks_once_more_when_the_time_is_over():
    assert not never(lambda: True, during=0)
    assert never(lambda: False, during=0)


def test_a_pause_lets_other_threads_run_without_sleeping():
    begin = time.monotonic()
    pause(0.05)
    assert 0.05 <= time.monotonic() - begin < 5


def test_a_control_fails_by_no_assertion():
    control(1, "not said")
    with pytest.raises(ControlFailed, match=r"^two cores are needed$"):
        control(0, "two cores are needed")
    assert not issubclass(ControlFailed, AssertionError)
    assert not issubclass(NotSeen, AssertionError)


def test_an_outcome_is_the_value_or_the_exception():
    assert outcome(int, "12", base=3) == 5
    assert isinstance(outcome(int, "x"), ValueError)
    with pytest.raises(SystemExit):
        outcome(exit)


def test_started_starts_in_order_and_joined_waits_for_all():
    order = []
    threads = started(threading.Thread(target=order.append, args=(n,)) for n in range(3))
    assert joined(*threads) == [None, None, None]
    assert order == [0, 1, 2]
    assert not any(thread.is_alive() for thread in threads)


def test_joined_names_who_has_not_ended(gate):
    [thread] = started([threading.Thread(target=gate.acquire, name="Sisyphus")])
    with pytest.raises(NotSeen, match=r"^Sisyphus had not ended after 0\.05 s$"):
        joined(thread, within=0.05)
    gate.release()
    joined(thread)


def test_a_task_brings_the_result_back():
    task = Task(lambda a, b: (a + b, _thread.get_ident()), (1, 2))
    assert task.result() == (3, task.ident)
    assert task.finished
    assert task.ident != _thread.get_ident()
    assert task.result() == (3, task.ident)


@pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt])
def test_a_task_brings_the_exception_back(error):
    def fail():
        raise error("no")

    with pytest.raises(error, match="no"):
        Task(fail, ()).result()


def test_a_task_that_has_not_ended_is_named(gate):
    def wait():
        return gate.acquire()

    task = Task(wait, ())
    assert not task.finished
    with pytest.raises(NotSeen, match=r"^wait\(\) had not returned after 0\.05 s$"):
        task.result(within=0.05)
    with pytest.raises(NotSeen):
        task.result(within=-1)
    gate.release()
    assert task.result() is True


def test_reports_come_in_order_of_arrival(reports):
    for value in (1, "two", {"three": [b"3", None, (True,)]}):
        reports.reporter(value)
    assert reports.next() == 1
    assert reports.collect(2) == ["two", {"three": [b"3", None, (True,)]}]


def test_reports_that_do_not_come_are_counted(reports):
    reports.reporter(1)
    with pytest.raises(NotSeen, match=r"^1 of 3 reports arrived within 0\.05 s: \[1\]$"):
        reports.collect(3, within=0.05)


def test_reports_of_strangers_are_passed_over(reports):
    with socket.create_connection(("127.0.0.1", reports.reporter.port)) as stranger:
        stranger.sendall(b"GET / HTTP/1.1\n")
    with socket.create_connection(("127.0.0.1", reports.reporter.port)):
        pass
    reports.reporter("mine")
    assert reports.next() == "mine"


def test_who_holds_goes_on_when_released_and_not_before(reports):
    tasks = {value: Task(reports.reporter.hold, (value,)) for value in ("first", "second")}
    assert sorted(reports.collect(2)) == ["first", "second"]
    assert never(lambda: any(task.finished for task in tasks.values()), during=0.05)
    reports.release("second")
    tasks["second"].result()
    assert never(lambda: tasks["first"].finished, during=0.05)
    reports.release()
    tasks["first"].result()


def test_who_holds_leaves_when_the_test_has_ended():
    channel = Reports()
    task = Task(channel.reporter.hold, ())
    channel.next()
    channel.close()
    with pytest.raises(SystemExit, match="the test has ended"):
        task.result()


def test_the_interpreter_is_named_precisely(monkeypatch):
    monkeypatch.setattr(sys, "version_info", Version(3, 99, 5, "final", 0))
    monkeypatch.setattr(interpreter, "PYPY", False)
    monkeypatch.setattr(interpreter, "FREE_THREADED_BUILD", False)
    plain = interpreter.name()
    monkeypatch.setattr(interpreter, "FREE_THREADED_BUILD", True)
    assert interpreter.name() == f"{plain} free-threaded"
    assert "3.99.5" in plain


@pytest.mark.parametrize(
    ("here", "releases", "has_it"),
    [
        ((3, 12, 4), ("3.12.5", "3.13.0"), False),
        ((3, 12, 5), ("3.12.5", "3.13.0"), True),
        ((3, 13, 0), ("3.12.5", "3.13.0"), True),
        ((3, 11, 9), ("3.12.5", "3.13.0"), False),
        ((3, 13, 7), ("3.12.5", "3.14.1"), False),
        ((3, 14, 0), ("3.12.5", "3.14.1"), False),
        ((3, 15, 0), ("3.12.5", "3.14.1"), True),
        ((3, 15, 0, "alpha", 1), ("3.15.0",), True),
        ((3, 15, 0, "beta", 1), ("3.15.0b2",), False),
        ((3, 15, 0, "candidate", 1), ("3.15.0b2",), True),
        ((3, 15, 0, "beta", 4), ("3.15.0rc1",), False),
    ],
)
def test_a_change_is_in_a_branch_from_its_release_on(here, releases, has_it, monkeypatch):
    monkeypatch.setattr(sys, "version_info", Version(*(*here, "final", 0)[:5]))
    assert interpreter.since(*releases) is has_it
    assert interpreter.before(*releases) is not has_it


@pytest.mark.parametrize("text", ["3.13", "3", "", "3.13.x", "3.13.0.1", "3.13.0c1"])
def test_a_release_has_three_numbers(text):
    with pytest.raises(ValueError, match="is no release: write all three numbers"):
        interpreter.since(text)


def test_the_environment_says_what_verdicts_depend_on():
    known = interpreter.environment()
    assert known["GIL"] == ("on" if interpreter.gil_enabled() else "off")
    assert known["default start method"] in known["start methods"].split()
    assert int(known["usable cores"]) == interpreter.usable_cores() >= 1
