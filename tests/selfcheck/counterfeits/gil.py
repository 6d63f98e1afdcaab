"""Counterfeits of the GIL: when it is passed on, what holds it, who has one of his own."""

import sys

from . import counterfeit

UNRELATED = ("8.0", "8.10", "8.12")

GIL = getattr(sys, "_is_gil_enabled", lambda: True)()
CAN_HAVE_A_GIL_OR_NOT = "t" in getattr(sys, "abiflags", "")


@counterfeit("1.12", "2.01", "2.02", "2.03", "2.04", "2.06", where=GIL)
def the_switch_interval_is_ignored() -> None:
    """sys.setswitchinterval() changes nothing: threads are interrupted after 5 ms."""
    sys.setswitchinterval = lambda interval: None


@counterfeit("1.11")
def no_thread_is_ever_interrupted() -> None:
    """The switch interval never ends, so a thread that does not wait has the GIL for good."""
    sys.setswitchinterval(1000)


@counterfeit("1.12", "2.01", "2.02", "2.03", "2.04", where=GIL)
def the_interpreter_denies_its_gil() -> None:
    """sys._is_gil_enabled() says that there is no GIL, and there is one."""
    sys._is_gil_enabled = lambda: False


@counterfeit("1.12", "2.01", "2.02", "2.03", "2.04", "2.06", where=not GIL)
def every_child_has_a_gil() -> None:
    """Option -X gil=0 becomes -X gil=1 on the command line of every child."""
    import subprocess

    start = subprocess.Popen.__init__

    def start_with_gil(self, args, *rest, **keywords):
        start(self, [a.replace("gil=0", "gil=1") for a in args], *rest, **keywords)

    subprocess.Popen.__init__ = start_with_gil


@counterfeit("2.02", where=CAN_HAVE_A_GIL_OR_NOT)
def the_gil_cannot_be_switched() -> None:
    """Option -X gil is dropped from the command line of every child."""
    import subprocess

    start = subprocess.Popen.__init__

    def start_without(self, args, *rest, **keywords):
        if isinstance(args, list) and args.count("-X") > 1:
            here = args.index("-X")
            args = args[:here] + args[here + 2 :]
        start(self, args, *rest, **keywords)

    subprocess.Popen.__init__ = start_without


@counterfeit("2.04", where=GIL)
def hashing_holds_the_gil() -> None:
    """hashlib.sha256() computes without ever letting go of the GIL."""
    import hashlib
    import types

    def sha256(data=b""):
        return types.SimpleNamespace(digest=lambda: bytes([sum(data) % 256] * 32))

    hashlib.sha256 = sha256


@counterfeit("2.04")
def waiting_is_for_one_at_a_time() -> None:
    """A barrier lets nobody wait beside five others: the sixth one breaks it."""
    import threading

    wait = threading.Barrier.wait

    def wait_unless_crowded(self, timeout=None):
        if self.n_waiting >= 5:
            self.abort()
        return wait(self, timeout)

    threading.Barrier.wait = wait_unless_crowded


@counterfeit("2.07", "2.10")
def processes_run_one_after_another() -> None:
    """start() of a process returns when the process has ended."""
    from multiprocessing import process

    start = process.BaseProcess.start

    def start_and_wait(self):
        start(self)
        self.join(10)

    process.BaseProcess.start = start_and_wait


@counterfeit("1.02", "1.03", "1.05", "2.07", "2.09", "2.10")
def a_process_is_a_thread() -> None:
    """A process is a thread of its parent, and has a pid that nobody else has."""
    import threading
    from multiprocessing import process

    def start(self):
        self._thread = threading.Thread(target=self.run)
        self._thread.start()

    process.BaseProcess.start = start
    process.BaseProcess.join = lambda self, timeout=None: self._thread.join(timeout)
    process.BaseProcess.is_alive = lambda self: self._thread.is_alive()
    process.BaseProcess.exitcode = property(lambda self: None if self._thread.is_alive() else 0)
    process.BaseProcess.pid = property(lambda self: self._thread.native_id)


@counterfeit("2.08")
def multiprocessing_is_threading() -> None:
    """multiprocessing has every name of threading, and the very locks of threading."""
    import multiprocessing
    import threading
    from multiprocessing import context

    for name in threading.__all__:
        if not hasattr(multiprocessing, name):
            setattr(multiprocessing, name, getattr(threading, name))
    context.BaseContext.Lock = lambda self: threading.Lock()
    context.BaseContext.RLock = lambda self: threading.RLock()


@counterfeit("2.08")
def multiprocessing_has_lost_a_lock() -> None:
    """multiprocessing has no BoundedSemaphore."""
    import multiprocessing

    del multiprocessing.BoundedSemaphore


@counterfeit("2.09")
def a_process_changes_the_parents_list() -> None:
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
def a_lambda_can_be_sent() -> None:
    """Process replaces a lambda by a function that can be pickled."""
    from multiprocessing import process

    make = process.BaseProcess.__init__

    def make_picklable(self, group=None, target=None, *rest, **keywords):
        if getattr(target, "__name__", "") == "<lambda>":
            target = int
        make(self, group, target, *rest, **keywords)

    process.BaseProcess.__init__ = make_picklable


@counterfeit("2.11")
def the_thread_library_is_called_thread() -> None:
    """The module thread exists."""
    import _thread

    sys.modules["thread"] = _thread


@counterfeit("2.05", "3.08", "3.09", where=not GIL)
def threads_take_turns() -> None:
    """A thread runs to its end before the next one begins, although there is no GIL."""
    import _thread
    from threading import Thread

    run, turn = Thread.run, _thread.allocate_lock()

    def run_in_turn(self):
        with turn:
            run(self)

    Thread.run = run_in_turn
