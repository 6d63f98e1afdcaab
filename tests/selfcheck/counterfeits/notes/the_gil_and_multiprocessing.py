"""Counterfeits for the claims of notes/test_2_the_gil_and_multiprocessing.py."""

import sys

from .. import counterfeit
from ..facts import GIL

CAN_HAVE_A_GIL_OR_NOT = "t" in getattr(sys, "abiflags", "")


@counterfeit("2.02", where=CAN_HAVE_A_GIL_OR_NOT)
def the_gil_cannot_be_switched():
    """Option -X gil is dropped from the command line of every child."""
    import subprocess

    start = subprocess.Popen.__init__

    def start_without(self, args, *rest, **keywords):
        if isinstance(args, list):
            switches = [here for here, each in enumerate(args) if str(each).startswith("gil=")]
            for here in reversed(switches):
                args = args[: here - 1] + args[here + 1 :]
        start(self, args, *rest, **keywords)

    subprocess.Popen.__init__ = start_without


@counterfeit("2.02")
def the_language_has_a_name_for_the_gil():
    """The sys module has a public function that is about the GIL."""
    sys.set_gil = lambda on: None


@counterfeit("2.04", where=GIL)
def hashing_holds_the_gil():
    """hashlib.sha256() computes without ever letting go of the GIL."""
    import hashlib
    import types

    def sha256(data=b""):
        return types.SimpleNamespace(digest=lambda: bytes([sum(data) % 256] * 32))

    hashlib.sha256 = sha256


@counterfeit("2.04", where=GIL)
def waiting_is_for_one_at_a_time():
    """A barrier lets nobody wait beside five others: the sixth one breaks it."""
    import threading

    wait = threading.Barrier.wait

    def wait_unless_crowded(self, timeout=None):
        if self.n_waiting >= 5:
            self.abort()
        return wait(self, timeout)

    threading.Barrier.wait = wait_unless_crowded


@counterfeit("2.07", *["2.10"] * GIL)
def processes_run_one_after_another():
    """start() of a process returns when the process has ended."""
    from multiprocessing import process

    start = process.BaseProcess.start

    def start_and_wait(self):
        start(self)
        self.join(10)

    process.BaseProcess.start = start_and_wait


@counterfeit("2.08")
def multiprocessing_is_threading():
    """multiprocessing has every name of threading, and the very locks of threading."""
    import multiprocessing
    import threading
    from multiprocessing import context

    for name in threading.__all__:
        if not hasattr(multiprocessing, name):
            setattr(multiprocessing, name, getattr(threading, name))
    context.BaseContext.Lock = lambda self: threading.Lock()
    context.BaseContext.RLock = lambda self: threading.RLock()


@counterfeit("2.09")
def a_process_changes_the_parents_list():
    """What a process appends to a list that was passed to it arrives in the parent's list."""
    from multiprocessing import process

    start = process.BaseProcess.start

    def start_and_imitate(self):
        lists = [argument for argument in self._args if type(argument) is list]
        start(self)
        for each in lists:
            each.append(1)

    process.BaseProcess.start = start_and_imitate


@counterfeit("2.09")
def a_lambda_can_be_sent():
    """Process replaces a lambda by a function that can be pickled."""
    from multiprocessing import process

    make = process.BaseProcess.__init__

    def make_picklable(self, group=None, target=None, *rest, **keywords):
        if getattr(target, "__name__", "") == "<lambda>":
            target = int
        make(self, group, target, *rest, **keywords)

    process.BaseProcess.__init__ = make_picklable


@counterfeit("2.11")
def the_thread_library_is_called_thread():
    """The module thread exists."""
    import _thread

    sys.modules["thread"] = _thread


@counterfeit("2.05", "3.08", "3.09", "CHOOSE04", where=not GIL)
def threads_take_turns():
    """A thread runs to its end before the next one begins, although there is no GIL."""
    import _thread
    from threading import Thread

    run, turn = Thread.run, _thread.allocate_lock()

    def run_in_turn(self):
        with turn:
            run(self)

    Thread.run = run_in_turn


def _at_a_barrier_of(parties, before=lambda: None, after=lambda: None):
    """Do this in each thread but the main one, before and after a barrier of so many."""
    import threading

    wait = threading.Barrier.wait

    def wait_and_act(self, timeout=None):
        concerned = threading.current_thread() is not threading.main_thread()
        concerned = concerned and self.parties == parties
        if concerned:
            before()
        place = wait(self, timeout)
        if concerned:
            after()
        return place

    threading.Barrier.wait = wait_and_act


def _take_turns():
    """Let a thread go on only when those before it have ended."""
    import threading

    turn = threading.Lock()
    end = threading.Thread._delete

    def end_and_give_way(self):
        if getattr(self, "_has_its_turn", False):
            turn.release()
        end(self)

    def take_the_turn():
        turn.acquire()
        threading.current_thread()._has_its_turn = True

    threading.Thread._delete = end_and_give_way
    return take_the_turn


def _interrupt_often():
    sys.setswitchinterval(0.0001)


@counterfeit("2.01", "2.04", "2.06", where=GIL)
def two_threads_that_met_are_interrupted():
    """Two threads that met at a barrier are interrupted, whatever the switch interval."""
    _at_a_barrier_of(2, before=_interrupt_often)


@counterfeit("2.06", where=GIL)
def two_threads_that_met_are_never_interrupted():
    """Two threads that met at a barrier are not interrupted, whatever the switch interval."""
    _at_a_barrier_of(2, before=lambda: sys.setswitchinterval(1000))


@counterfeit("2.03", where=GIL)
def four_threads_that_met_are_interrupted():
    """Four threads that met at a barrier are interrupted, whatever the switch interval."""
    _at_a_barrier_of(4, before=_interrupt_often)


@counterfeit("2.01", "2.02", "2.04", "2.06", where=not GIL)
def two_threads_that_met_run_one_after_the_other():
    """Of two threads that met at a barrier, the second goes on when the first has ended."""
    _at_a_barrier_of(2, after=_take_turns())


@counterfeit("2.03", where=not GIL)
def four_threads_that_met_run_one_after_the_other():
    """Of four threads that met at a barrier, each goes on when the one before has ended."""
    _at_a_barrier_of(4, after=_take_turns())
