"""Counterfeits for the claims of notes/test_4_process.py."""

from .. import counterfeit
from ..facts import FORK, GIL, PYPY
from ..multiprocessing.shared import patch_queues


@counterfeit("4.04")
def sleep_ends_early():
    """time.sleep() sleeps for half the time."""
    import time

    sleep = time.sleep
    time.sleep = lambda seconds: sleep(seconds / 2)


@counterfeit("1.13", "4.07", where=GIL and not PYPY)
def sleep_holds_the_gil():
    """time.sleep() sleeps, for a second at most, without letting go of the GIL."""
    import ctypes
    import time

    sleep = ctypes.PyDLL(None).usleep
    time.sleep = lambda seconds: sleep(int(min(seconds, 0.9) * 1_000_000)) and None


@counterfeit("4.05", "4.06", where=FORK)
def sleepers_queue_up():
    """Of the processes of this program only one at a time sleeps in time.sleep()."""
    import fcntl
    import os
    import pathlib
    import time

    sleep = time.sleep

    def sleep_alone(seconds):
        with pathlib.Path(__file__).open("rb+") as turn:
            fcntl.lockf(turn, fcntl.LOCK_EX, 1, os.getppid())
            sleep(seconds)

    time.sleep = sleep_alone


@counterfeit("4.01")
def the_parent_runs_the_target():
    """A process runs its target in the parent, before the child starts."""
    from multiprocessing import process

    start = process.BaseProcess.start

    def run_and_start(self):
        if self._target:
            self._target(*self._args, **self._kwargs)
            self._target = None
        start(self)

    process.BaseProcess.start = run_and_start


@counterfeit("4.01")
def arguments_must_be_a_tuple():
    """Process(args=[...]) is refused."""
    from multiprocessing import process

    make = process.BaseProcess.__init__

    def make_strictly(self, group=None, target=None, name=None, args=(), *rest, **others):
        if not isinstance(args, tuple):
            raise TypeError("args must be a tuple")
        make(self, group, target, name, args, *rest, **others)

    process.BaseProcess.__init__ = make_strictly


@counterfeit("4.01")
def a_bare_argument_is_accepted():
    """Process(args=7) means args=(7,)."""
    from multiprocessing import process

    make = process.BaseProcess.__init__

    def make_leniently(self, group=None, target=None, name=None, args=(), *rest, **others):
        args = args if hasattr(args, "__iter__") else (args,)
        make(self, group, target, name, args, *rest, **others)

    process.BaseProcess.__init__ = make_leniently


@counterfeit("4.01", "4.02", "4.09")
def the_last_argument_is_dropped():
    """The target of a process gets all arguments but the last."""
    from multiprocessing import process

    def run(self):
        if self._target:
            self._target(*self._args[:-1], **self._kwargs)

    process.BaseProcess.run = run


@counterfeit("4.02", "4.03")
def a_process_runs_its_target_twice():
    """A process calls its target a second time."""
    from multiprocessing import process

    run = process.BaseProcess.run

    def run_twice(self):
        run(self)
        run(self)

    process.BaseProcess.run = run_twice


@counterfeit("4.02", "4.05", "4.06")
def processes_take_turns():
    """Of the children of one process only one runs its target at a time."""
    import fcntl
    import pathlib
    from multiprocessing import process

    run = process.BaseProcess.run

    def run_alone(self):
        parent = process.parent_process()
        with pathlib.Path(__file__).open("rb+") as turn:
            fcntl.lockf(turn, fcntl.LOCK_EX, 1, parent.pid if parent else 0)
            run(self)

    process.BaseProcess.run = run_alone


@counterfeit("4.03", "4.09")
def the_parent_leaves_its_children_behind():
    """A program ends without joining its children and without terminating its daemons."""
    import atexit
    from multiprocessing import util

    atexit.unregister(util._exit_function)


@counterfeit("4.03")
def the_output_of_a_child_is_lost():
    """A forked child does not flush its standard output at its end."""
    from multiprocessing import util

    util._flush_std_streams = lambda: None


@counterfeit("4.05", "4.09")
def the_pid_is_off_by_one():
    """Process.pid is not the child's pid."""
    from multiprocessing import process

    process.BaseProcess.pid = property(lambda self: self._popen and self._popen.pid + 1)


@counterfeit("4.08")
def a_process_needs_no_guard():
    """While a child imports the main module, start() and join() do nothing."""
    from multiprocessing import process

    def unless_importing(method):
        def call(self, *arguments):
            if not getattr(process.current_process(), "_inheriting", False):
                method(self, *arguments)

        return call

    process.BaseProcess.start = unless_importing(process.BaseProcess.start)
    process.BaseProcess.join = unless_importing(process.BaseProcess.join)


@counterfeit("4.09")
def join_of_a_process_ignores_its_timeout():
    """Process.join(timeout) waits until the child has ended."""
    from multiprocessing import process

    join = process.BaseProcess.join
    process.BaseProcess.join = lambda self, timeout=None: join(self)


@counterfeit("4.08", "4.09")
def every_exit_code_is_zero():
    """Process.exitcode is 0 however the child has ended."""
    from multiprocessing import process

    ask = process.BaseProcess.exitcode.fget
    process.BaseProcess.exitcode = property(lambda self: None if ask(self) is None else 0)


@counterfeit("4.09")
def exit_codes_have_no_sign():
    """Process.exitcode is N, not -N, for a child that signal N has ended."""
    from multiprocessing import process

    ask = process.BaseProcess.exitcode.fget
    process.BaseProcess.exitcode = property(lambda self: ask(self) and abs(ask(self)))


@counterfeit("4.09")
def an_exception_ends_a_process_well():
    """A child whose target raises exits with 0."""
    import contextlib
    from multiprocessing import process

    run = process.BaseProcess.run

    def run_silently(self):
        with contextlib.suppress(Exception):
            run(self)

    process.BaseProcess.run = run_silently


@counterfeit("4.09")
def terminate_is_ignored():
    """Process.terminate() does nothing."""
    from multiprocessing import process

    process.BaseProcess.terminate = lambda self: None


@counterfeit("4.09")
def daemon_is_ignored():
    """A daemonic process is started as any other, and the program waits for it."""
    from multiprocessing import process

    start = process.BaseProcess.start

    def start_as_any_other(self):
        self._config["daemon"] = False
        start(self)

    process.BaseProcess.start = start_as_any_other


@counterfeit("4.09")
def the_name_stays_behind():
    """A child does not know the name that its parent gave it."""
    from multiprocessing import process

    run = process.BaseProcess.run

    def run_renamed(self):
        self._name = "Process"
        run(self)

    process.BaseProcess.run = run_renamed


@counterfeit("4.08")
def a_forked_child_imports_the_main_module():
    """A forked child runs the main module from the top first, as a spawned one does."""
    import runpy
    import sys
    from multiprocessing import process

    run, start = process.BaseProcess.run, process.BaseProcess.start

    def start_unless_importing(self):
        if getattr(process.current_process(), "_inheriting", False):
            raise RuntimeError(
                "An attempt has been made to start a new process before the current process has "
                "finished its bootstrapping phase."
            )
        start(self)

    def import_and_run(self):
        path = getattr(sys.modules["__main__"], "__file__", "")
        if path.endswith("program.py"):
            self._inheriting = True
            runpy.run_path(path, run_name="__mp_main__")
            del self._inheriting
        run(self)

    process.BaseProcess.start, process.BaseProcess.run = start_unless_importing, import_and_run


@counterfeit("4.09")
def a_queue_forgets_what_an_exception_says():
    """An exception arrives as a bare Exception at the other end of a Queue."""

    def change(put):
        def put_bare(self, item, *args, **kwargs):
            put(self, Exception() if isinstance(item, Exception) else item, *args, **kwargs)

        return put_bare

    patch_queues("Queue", put=change)
