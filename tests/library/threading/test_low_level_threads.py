"""The low-level module that threading stands on: _thread.

Source: https://docs.python.org/3/library/_thread.html
"""

import _thread
import threading

from tests.harness import PATIENCE, claim, never, outcome, until


def run_low_level(function, *arguments):
    """What the function returns or raises in a thread of _thread, and the thread's two idents."""
    ended, told = _thread.allocate_lock(), []
    ended.acquire()

    def call():
        try:
            told.append((outcome(function, *arguments), _thread.get_ident()))
        except SystemExit as error:
            told.append((error, _thread.get_ident()))
        finally:
            ended.release()

    ident = _thread.start_new_thread(call, ())
    assert ended.acquire(timeout=PATIENCE)
    return (*told[0], ident)


@claim("TT11")
def test_start_new_thread_returns_the_ident(evidence):
    """_thread.start_new_thread(function, args, kwargs) returns the ident of the new thread."""
    idents = []
    for number in range(3):
        got, ended = [], _thread.allocate_lock()
        ended.acquire()

        def target(*args, **kwargs):
            got.append((_thread.get_ident(), args, kwargs))
            ended.release()

        idents.append(_thread.start_new_thread(target, (number, "b"), {"c": [number]}))
        assert ended.acquire(timeout=PATIENCE)
        assert got == [(idents[-1], (number, "b"), {"c": [number]})]
    evidence(idents=idents)
    assert {type(ident) for ident in idents} == {int}
    assert threading.get_ident() not in idents


@claim("TT12")
def test_start_new_thread_wants_a_tuple_and_a_dict(evidence):
    """_thread.start_new_thread() takes a callable, a tuple and a dict; else TypeError, at once."""
    calls = [(7, ()), (print, [1]), (print, "a"), (print, (), [("end", "")]), (print,)]
    wrong = [outcome(_thread.start_new_thread, *arguments) for arguments in calls]
    evidence(wrong=wrong)
    assert [type(each) for each in wrong] == [TypeError] * 5


@claim("TT13")
def test_exit_of_the_low_level_module_raises_system_exit(evidence):
    """_thread.exit() raises SystemExit in the calling thread, so that finally blocks run there."""
    error, in_thread, ident = run_low_level(_thread.exit)
    evidence(error=error)
    assert type(error) is SystemExit
    assert (error.args, error.code) == ((), None)
    assert in_thread == ident


@claim("TT14")
def test_allocate_lock_makes_an_open_lock(evidence):
    """_thread.allocate_lock() makes an open lock, of the type of threading.Lock()."""
    locks = [_thread.allocate_lock() for _ in range(3)]
    before = [lock.locked() for lock in locks]
    taken = [locks[0].acquire(), locks[0].acquire(blocking=False), locks[0].acquire(timeout=0.01)]
    locked = [lock.locked() for lock in locks]
    locks[0].release()
    evidence(before=before, locked=locked)
    assert before == [False] * 3
    assert taken == [True, False, False]
    assert locked == [True, False, False]
    assert not locks[0].locked()
    assert type(locks[0]) is type(threading.Lock()) is _thread.LockType


def interrupt(*arguments):
    """What interrupt_main() raises in the main thread when another thread calls it."""
    called = _thread.allocate_lock()
    called.acquire()

    def call():
        _thread.interrupt_main(*arguments)
        called.release()

    try:
        _thread.start_new_thread(call, ())
        called.acquire(timeout=PATIENCE)
        never(lambda: False, during=0.01)  # the signal has come; a running thread takes it
    except KeyboardInterrupt as error:
        return type(error).__name__, error.args
    return None


def interrupt_in_three_ways():
    """With the usual handler; with a handler of one's own, for two signals; with none."""
    import signal

    raised = [interrupt(), interrupt(signal.SIGINT)]
    seen = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(
            number,
            lambda number, frame: seen.append((int(number), threading.current_thread().name)),
        )
    raised += [interrupt(), interrupt(signal.SIGTERM)]
    until(lambda: len(seen) == 2, "two handlers to run")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    raised += [interrupt(), interrupt(signal.SIGTERM)]
    wrong = [type(outcome(_thread.interrupt_main, number)).__name__ for number in (-1, 0, 1000)]
    return raised, seen, wrong


@claim("TH33")
def test_interrupt_main_raises_in_the_main_thread(programs, evidence):
    """_thread.interrupt_main() in any thread raises KeyboardInterrupt in the main thread.

    It simulates a signal, SIGINT by default: its handler runs in the main thread, and a signal that
    is ignored, or left to the system, does nothing.
    """
    raised, seen, wrong = programs.call(interrupt_in_three_ways)
    evidence(raised=raised, seen=seen, wrong=wrong)
    assert raised[:2] == [("KeyboardInterrupt", ())] * 2
    assert raised[2:] == [None] * 4
    assert seen == [(2, "MainThread"), (15, "MainThread")]
    assert wrong == ["ValueError"] * 3


@claim("TT15")
def test_the_low_level_functions_are_those_of_threading(evidence):
    """_thread's get_ident, get_native_id and stack_size tell the same as threading's."""
    told = run_low_level(
        lambda: (threading.get_ident(), threading.get_native_id(), _thread.get_native_id())
    )
    (ident, native, low_level_native), in_thread, started_as = told
    evidence(told=told[0])
    assert ident == in_thread == started_as
    assert native == low_level_native
    assert native != threading.get_native_id() == _thread.get_native_id()
    assert _thread.stack_size() == threading.stack_size()
