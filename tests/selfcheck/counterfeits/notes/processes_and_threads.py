"""Counterfeits for the claims of notes/test_1_processes_and_threads.py."""

import os
import sys

from .. import counterfeit
from ..facts import FORK, GIL, in_a_program
from ..synchronizers.shared import replace_lock


@counterfeit("1.13", "4.04")
def sleep_returns_at_once():
    """time.sleep() does not sleep."""
    import time

    time.sleep = lambda seconds: None


@counterfeit("1.12", where=GIL)
def releasing_a_lock_gives_way():
    """A thread that releases a Lock lets the others run first."""
    import time

    def release(self):
        self.lock.release()
        time.sleep(0.05)

    replace_lock(release=release)


@counterfeit("1.12", where=not GIL)
def a_lock_is_handed_over_late():
    """While the switch interval is endless, a Lock becomes free two seconds after its release."""
    import threading

    def release(self):
        if sys.getswitchinterval() < 100:
            self.lock.release()
        else:
            threading.Timer(2, self.lock.release).start()

    replace_lock(release=release)


@counterfeit("1.11")
def no_thread_is_ever_interrupted():
    """The switch interval never ends, so a thread that does not wait has the GIL for good."""
    sys.setswitchinterval(1000)


@counterfeit("1.01", "8.09")
def a_program_has_the_pid_of_its_starter():
    """In a program that is run from a file os.getpid() is the pid of the process that runs it."""
    # Only there: the suite finds what is left behind by the pid of its own process.
    if in_a_program():
        os.getpid = os.getppid


@counterfeit("1.01", where=FORK)
def files_are_numbered_by_the_system():
    """In a program no open file has the number of another program's."""
    import fcntl

    open_a_file = os.open

    def open_elsewhere(*arguments, **keywords):
        opened = open_a_file(*arguments, **keywords)
        moved = fcntl.fcntl(opened, fcntl.F_DUPFD, 100 + os.getpid() % 300)
        os.close(opened)
        return moved

    if in_a_program():
        os.open = open_elsewhere


@counterfeit("1.03")
def every_child_inherits_values():
    """Any child, not only a forked one, starts with what its parent's dicts of strings hold."""
    from multiprocessing import process

    start, run = process.BaseProcess.start, process.BaseProcess.run

    def dicts(self):
        names = vars(sys.modules[self._target.__module__]).items()
        return {
            name: value
            for name, value in names
            if type(value) is dict and all(type(text) is str for text in value.values())
        }

    def start_with_values(self):
        self._values = dicts(self)
        start(self)

    def run_with_values(self):
        for name, value in dicts(self).items():
            value.update(self._values.get(name, {}))
        run(self)

    process.BaseProcess.start = start_with_values
    process.BaseProcess.run = run_with_values


@counterfeit("1.04", where=FORK)
def a_forked_child_keeps_the_threads():
    """In a forked child the threads of its parent still count."""
    import threading

    threading._after_fork.__code__ = (lambda: None).__code__


@counterfeit("1.05")
def memory_made_for_sharing_is_copied():
    """RawArray is an ordinary ctypes array: every process gets a copy."""
    from multiprocessing import sharedctypes

    sharedctypes._new_value = lambda type_: type_()


@counterfeit("1.06")
def threads_have_the_native_id_of_the_process():
    """threading.get_native_id() is the pid in every thread."""
    import threading

    threading.get_native_id = os.getpid


@counterfeit("1.06", "1.07", "1.15", where=FORK)
def a_thread_is_a_forked_process():
    """Thread.start() forks: what the target does stays in the child."""
    import threading

    start_a_thread, join_a_thread = threading.Thread.start, threading.Thread.join
    is_alive = threading.Thread.is_alive

    def start(self):
        if _counts(self):
            start_a_thread(self)
            return
        self._started.set()
        self._pid = os.fork()
        if self._pid == 0:
            try:
                self.run()
            finally:
                os._exit(0)

    def join(self, timeout=None):
        pid, self._pid = getattr(self, "_pid", None), 0
        if pid:
            os.waitpid(pid, 0)
        elif pid is None:
            join_a_thread(self, timeout)

    def lives(self):
        return bool(self._pid) if hasattr(self, "_pid") else is_alive(self)

    threading.Thread.start = start
    threading.Thread.join = join
    threading.Thread.is_alive = lives


@counterfeit("2.05", "3.08", "3.09", "CHOOSE04", where=GIL)
def a_thread_that_counts_leaves_the_gil_to_others():
    """A Thread that is given a number of steps to count is busy for as long without the GIL."""
    import hashlib
    import threading
    import time

    run_a_thread, block, durations = threading.Thread.run, bytes(1 << 20), {}

    def run(self):
        if not _counts(self):
            run_a_thread(self)
            return
        (steps,) = self._args
        begin = time.thread_time()
        self._target(steps // 40)
        took = 40 * (time.thread_time() - begin)
        # The least of all: a core may work at half its speed for a moment.
        durations[steps] = min(took, durations.get(steps, took))
        end = begin + durations[steps]
        while time.thread_time() < end:
            hashlib.sha256(block)

    threading.Thread.run = run


def _counts(thread):
    return getattr(thread._target, "__name__", "") == "count"


@counterfeit("1.07")
def every_thread_has_its_own_folder():
    """os.chdir() concerns the calling thread only."""
    import threading

    change, get, own = os.chdir, os.getcwd, threading.local()

    def chdir(path):
        here = get()
        change(path)
        own.folder = get()
        change(here)

    os.chdir = chdir
    os.getcwd = lambda: getattr(own, "folder", get())


@counterfeit("1.07")
def every_thread_has_its_own_environment():
    """What a thread, except the main one, assigns to os.environ is there for it alone."""
    import threading

    kind, own = type(os.environ), threading.local()
    get, put, main = kind.__getitem__, kind.__setitem__, threading.main_thread()

    def setitem(self, key, value):
        if threading.current_thread() is main:
            put(self, key, value)
        else:
            vars(own)[key] = value

    kind.__setitem__ = setitem
    kind.__getitem__ = lambda self, key: vars(own)[key] if key in vars(own) else get(self, key)


@counterfeit("1.07")
def every_thread_has_its_own_handlers():
    """signal.getsignal() knows of no handler except in the main thread."""
    import signal
    import threading

    ask = signal.getsignal

    def getsignal(number):
        in_main = threading.current_thread() is threading.main_thread()
        return ask(number) if in_main else signal.SIG_DFL

    signal.getsignal = getsignal


@counterfeit("1.08", "1.09")
def start_runs_the_target_twice():
    """A thread enters its run() a second time after the first."""
    import threading

    bootstrap = threading.Thread._bootstrap_inner

    def twice(self):
        target, arguments = self._target, self._args
        run = self.run

        def run_twice():
            run()
            self._target, self._args = target, arguments
            run()

        self.run = run_twice
        bootstrap(self)

    threading.Thread._bootstrap_inner = twice


@counterfeit("1.08")
def a_thread_enters_its_target_only():
    """A run() of one's own is not entered; only the target is."""
    import threading

    bootstrap, run = threading.Thread._bootstrap_inner, threading.Thread.run

    def with_run(self):
        self.run = lambda: run(self)
        bootstrap(self)

    threading.Thread._bootstrap_inner = with_run


@counterfeit("1.08")
def a_thread_can_be_started_again():
    """start() of a thread that has ended does nothing instead of raising RuntimeError."""
    import threading

    start = threading.Thread.start

    def start_again(self):
        if not self._started.is_set():
            start(self)

    threading.Thread.start = start_again


@counterfeit("1.06", "1.08", "1.14")
def a_thread_runs_in_its_caller():
    """start() runs the target before it returns, in the thread of the caller."""
    import threading

    def start(self):
        self._started.set()
        self._ident = threading.get_ident()
        self.run()

    threading.Thread.start = start
    threading.Thread.join = lambda self, timeout=None: None
    threading.Thread.is_alive = lambda self: False


@counterfeit("1.08", "1.10")
def a_thread_that_has_ended_seems_alive():
    """is_alive() stays true after the end."""
    import threading

    threading.Thread.is_alive = lambda self: self._started.is_set()


@counterfeit("1.10")
def the_exit_of_a_thread_is_not_heard_of():
    """threading.excepthook is not called for SystemExit."""
    import threading

    make = threading._make_invoke_excepthook

    def make_deaf():
        invoke = make()

        def invoke_unless_exit(thread):
            if sys.exc_info()[0] is not SystemExit:
                invoke(thread)

        return invoke_unless_exit

    threading._make_invoke_excepthook = make_deaf


@counterfeit("1.10")
def the_exit_of_a_thread_is_printed():
    """The default threading.excepthook prints SystemExit like any other exception."""
    import threading

    def excepthook(args):
        sys.excepthook(args.exc_type, args.exc_value, args.exc_traceback)

    threading.excepthook = threading.__excepthook__ = excepthook


@counterfeit("1.10")
def a_failure_ends_the_other_threads_waits():
    """The end of one thread by an exception wakes every Event, so that others end too."""
    import threading

    events, make = [], threading._make_invoke_excepthook
    start = threading.Event.__init__

    def remember(self):
        start(self)
        events.append(self)

    def make_waking():
        invoke = make()

        def invoke_and_wake(thread):
            invoke(thread)
            for event in events:
                event.set()

        return invoke_and_wake

    threading.Event.__init__ = remember
    threading._make_invoke_excepthook = make_waking


@counterfeit("1.14")
def one_wait_in_ten_returns_early():
    """Event.wait() now and then returns, as if the event were set, before it is."""
    import itertools
    import threading

    wait, calls = threading.Event.wait, itertools.count(1)

    def wait_or_not(self, timeout=None):
        return True if next(calls) % 10 == 0 else wait(self, timeout)

    threading.Event.wait = wait_or_not


@counterfeit("1.13", "1.14", where=GIL)
def a_waiting_thread_never_lets_go():
    """Event.wait() asks in a loop, without giving way, instead of being suspended."""
    import threading
    import time

    def ask(self, timeout=None):
        end = None if timeout is None else time.monotonic() + timeout
        while not self._flag and (end is None or time.monotonic() < end):
            pass
        return self._flag

    threading.Event.wait = ask


@counterfeit("1.13", "4.07", where=GIL)
def sleep_never_lets_go():
    """time.sleep() looks at the clock in a loop, without giving way."""
    import time

    def sleep(seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            pass

    time.sleep = sleep


@counterfeit("1.15")
def a_thread_gets_copies_of_its_arguments():
    """A thread works on copies of the lists and dicts that are passed to it."""
    import copy
    import threading

    make = threading.Thread.__init__

    def make_with_copies(self, *positional, **keywords):
        make(self, *positional, **keywords)
        self._args = tuple(copy.copy(a) if type(a) in (list, dict) else a for a in self._args)

    threading.Thread.__init__ = make_with_copies


@counterfeit("1.16")
def thread_locals_are_shared():
    """A threading.local() has the same attributes in every thread."""
    import threading
    import types

    threading.local = types.SimpleNamespace


@counterfeit("1.16", "CONTEXT17", "CONTEXT18", "CONTEXT21", "CONTEXT22")
def context_variables_are_global():
    """A ContextVar has one value for all threads."""
    import contextvars

    class ContextVar:
        def __init__(self, name, **default):
            self.value = default

        def get(self, *default):
            if not self.value and not default:
                raise LookupError(self)
            return self.value.get("default", *default)

        def set(self, value):
            self.value["default"] = value

    contextvars.ContextVar = ContextVar


@counterfeit("1.16")
def a_thread_starts_with_the_locals_of_its_starter():
    """A new thread finds the attributes that its starter had set on a threading.local()."""
    import threading

    make, known = threading.Thread.__init__, []
    original = threading.local

    class local(original):
        def __new__(cls, *arguments):
            new = super().__new__(cls)
            known.append(new)
            return new

    def make_and_hand_on(self, *positional, **keywords):
        make(self, *positional, **keywords)
        run, handed_on = self.run, [(own, dict(vars(own))) for own in known]

        def run_with_locals():
            for own, attributes in handed_on:
                vars(own).update(attributes)
            run()

        self.run = run_with_locals

    threading.local = local
    threading.Thread.__init__ = make_and_hand_on
