"""The low-level module that threading stands on: _thread.

Source: https://docs.python.org/3/library/_thread.html
"""

import _thread
import signal
import threading

from tests.harness import WEBASSEMBLY, cases, claim, kinds, outcome, pause, refuted, until
from tests.harness.threads import Task


@claim("THREAD35")
def test_start_new_thread_returns_the_ident(evidence):
    """_thread.start_new_thread(function, args, kwargs) returns the ident of the new thread."""
    got = []

    def target(*args, **kwargs):
        got.append((_thread.get_ident(), args, kwargs))

    ident = _thread.start_new_thread(target, (1, "b"), {"c": [2]})
    until(lambda: got, "the thread to run")
    assert evidence(got=got) == [(ident, (1, "b"), {"c": [2]})]


@claim("THREAD36")
@cases(
    arguments={
        "no callable": (7, ()),
        "a list": (print, [1]),
        "text": (print, "a"),
        "no dict": (print, (), [("end", "")]),
        "no arguments": (print,),
    }
)
def test_start_new_thread_wants_a_tuple_and_a_dict(arguments, evidence):
    """_thread.start_new_thread() takes a callable, a tuple and a dict; else it raises TypeError.

    "TypeError: 2nd arg must be a tuple": write (value,), with a comma.  "TypeError: first arg must
    be callable".
    """
    answer = outcome(_thread.start_new_thread, *arguments)
    assert kinds([evidence(answer=answer)]) == ["TypeError"]


@claim("THREAD37")
def test_exit_of_the_low_level_module_raises_system_exit(evidence):
    """_thread.exit() raises SystemExit in the calling thread, so that finally blocks run there."""
    raised = []
    try:
        _thread.exit()
    except SystemExit as error:
        raised.append((error.args, error.code))
    assert evidence(raised=raised) == [((), None)]


@claim("THREAD38")
def test_allocate_lock_makes_an_open_lock(evidence):
    """_thread.allocate_lock() makes an open lock, of the type of threading.Lock()."""
    lock = _thread.allocate_lock()
    assert type(lock) is type(threading.Lock()) is _thread.LockType
    assert evidence(locked_at_first=lock.locked(), first=lock.acquire()) == (False, True)
    assert evidence(locked=lock.locked(), second=lock.acquire(blocking=False)) == (True, False)


def interrupted(*signal_number):
    """Whether interrupt_main() in another thread raises KeyboardInterrupt here, in the main one."""
    try:
        Task(_thread.interrupt_main, signal_number).result()
        pause(0.01)  # the signal has come; a running thread takes it
    except KeyboardInterrupt:
        return True
    return False


@claim("THREAD39")
def test_interrupt_main_raises_in_the_main_thread(programs, evidence):
    """_thread.interrupt_main() in any thread raises KeyboardInterrupt in the main thread.

    It simulates a signal, SIGINT by default: the signal's handler runs in the main thread, and
    that of SIGINT raises KeyboardInterrupt.
    """
    assert evidence(interrupted=programs.call(interrupted)) is True


def interrupted_with_a_handler():
    seen = []
    signal.signal(
        signal.SIGTERM,
        lambda number, _frame: seen.append((int(number), threading.current_thread().name)),
    )
    return interrupted(signal.SIGTERM), seen


@claim("THREAD39")
def test_interrupt_main_simulates_any_signal(programs, evidence):
    """interrupt_main(signal.SIGTERM) runs the handler of that signal in the main thread."""
    raised, handled = programs.call(interrupted_with_a_handler)
    assert evidence(raised=raised, handled=handled) == (False, [(15, "MainThread")])


def interrupted_without_a_handler():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    return interrupted(), interrupted(signal.SIGTERM)


@claim("THREAD39")
def test_interrupt_main_does_nothing_without_a_handler(programs, evidence):
    """interrupt_main() does nothing for a signal that is ignored, or left to the system."""
    ignored, left = programs.call(interrupted_without_a_handler)
    assert evidence(ignored=ignored, left_to_the_system=left) == (False, False)


def refused_signals():
    return kinds(outcome(_thread.interrupt_main, number) for number in (-1, 0, 1000))


@claim("THREAD39")
def test_interrupt_main_refuses_what_is_no_signal(programs, evidence):
    """interrupt_main() raises ValueError for a number that is no signal's."""
    assert evidence(refused=programs.call(refused_signals)) == ["ValueError"] * 3


@claim("THREAD40")
@refuted(
    where=WEBASSEMBLY, because="WebAssembly has no native ids of threads", by="AttributeError: "
)
def test_the_low_level_functions_are_those_of_threading(evidence):
    """_thread's get_ident, get_native_id and stack_size return the same as threading's."""

    def answers(module):
        return module.get_ident(), module.get_native_id(), module.stack_size()

    assert evidence(low_level=answers(_thread)) == answers(threading)
