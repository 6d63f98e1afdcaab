"""Counterfeits for the claims of library/futures/test_thread_pool.py."""

import contextlib
import os

from .. import counterfeit
from ..facts import VERSION
from ..patching import patch
from .shared import BOTH, THREADS, change_arguments, never_idle, patch_executors, patch_submit


@counterfeit("TEXEC01")
def threads_are_never_idle():
    """A thread that has done its task does not count as idle."""
    never_idle("_idle_semaphore", THREADS)


@counterfeit("TEXEC02", "TEXEC07", "FUTURE18")
def a_thread_pool_has_one_thread_too_many():
    """ThreadPoolExecutor(n) has n + 1 threads."""
    change_arguments(
        (THREADS,), lambda number, options: number + 1 if number and number > 0 else number
    )


@counterfeit("TEXEC03")
def tasks_are_taken_from_the_end():
    """The task that was submitted last is run first."""
    import queue

    def change(init):
        def stack(self, *args, **options):
            init(self, *args, **options)
            self._work_queue = queue.LifoQueue()

        return stack

    patch_executors((THREADS,), "__init__", change)


@counterfeit("TEXEC04")
def threads_have_no_prefix():
    """The prefix of names is ignored."""
    change_arguments(
        (THREADS,), lambda number, options: (options.pop("thread_name_prefix", None), number)[1]
    )


@counterfeit("TEXEC04")
def threads_of_a_pool_are_daemons():
    """The threads of a ThreadPoolExecutor are daemons."""
    import threading

    start = threading.Thread.start

    def as_daemon(self):
        if getattr(getattr(self, "_target", None), "__name__", "") == "_worker":
            self.daemon = True
        start(self)

    threading.Thread.start = as_daemon


@counterfeit("TEXEC05")
def an_exit_in_a_task_ends_the_thread():
    """After a task that exits, another thread takes the place of the one that has run it."""
    import threading
    from concurrent.futures import thread

    run, gone = thread._WorkItem.run, set()

    def leave(self, *args):
        me, future = threading.current_thread(), self.future
        if me in gone:
            other = threading.Thread(target=run, args=(self, *args))
            other.start()
            other.join()
        else:
            run(self, *args)
        if not future.cancelled() and isinstance(future._exception, (SystemExit, GeneratorExit)):
            gone.add(me)

    thread._WorkItem.run = leave


@counterfeit("TEXEC05", "PEXEC13")
def an_exit_becomes_an_ordinary_exception():
    """A task that exits has failed with RuntimeError."""
    from concurrent.futures import Future

    original = Future.set_exception

    def ordinary(self, error):
        original(self, error if isinstance(error, Exception) else RuntimeError(*error.args))

    Future.set_exception = ordinary


@counterfeit("TEXEC06")
def arguments_of_threads_are_copied():
    """A task in a thread pool gets copies of its arguments."""
    import copy

    def change(submit):
        def copied(self, fn, /, *args, **kwargs):
            args = tuple(copy.copy(one) if type(one) is list else one for one in args)
            return submit(self, fn, *args, **kwargs)

        return copied

    patch_submit((THREADS,), change)


@counterfeit("TEXEC06")
def exceptions_of_threads_are_copied():
    """result() raises a copy of the exception."""
    import copy
    from concurrent.futures import Future

    original = Future.set_exception
    Future.set_exception = lambda self, error: original(self, copy.copy(error))


@counterfeit("TEXEC08", "TEXEC09", "PEXEC24", "PEXEC05")
def initializers_are_forgotten():
    """An executor forgets its initializer."""
    change_arguments(BOTH, lambda number, options: (options.pop("initializer", None), number)[1])


@counterfeit("TEXEC08", "PEXEC24")
def initializers_get_no_arguments():
    """initargs are dropped."""
    change_arguments(BOTH, lambda number, options: (options.pop("initargs", None), number)[1])


@counterfeit("TEXEC09", "PEXEC05")
def failing_initializers_are_ignored():
    """What an initializer raises is ignored."""
    import functools

    def ignoring(number, options):
        if callable(options.get("initializer")):
            options["initializer"] = functools.partial(_ignore, options["initializer"])
        return number

    change_arguments(BOTH, ignoring)


def _ignore(function, *args):
    with contextlib.suppress(Exception):
        function(*args)


@counterfeit("TEXEC10")
def thread_pools_are_never_forgotten():
    """Somebody always refers to a thread pool."""
    kept = []

    def change(init):
        def keep(self, *args, **options):
            init(self, *args, **options)
            kept.append(self)

        return keep

    patch_executors((THREADS,), "__init__", change)


@counterfeit("TEXEC11", "TEXEC12")
def tasks_run_in_the_context_of_their_submitter():
    """A task in a thread pool has the context of the code that submits it."""
    patch_submit((THREADS,), _in_the_submitters_context)


def _in_the_submitters_context(submit):
    import contextvars

    def with_context(self, fn, /, *args, **kwargs):
        return submit(self, contextvars.copy_context().run, fn, *args, **kwargs)

    return with_context


@counterfeit("TEXEC14", "TEXEC15")
def inherited_executors_work_in_a_child():
    """An executor that finds itself in a forked child makes itself anew."""

    def remember(init):
        def made(self, *args, **options):
            init(self, *args, **options)
            self._made = os.getpid(), init, args, options

        return made

    def change(submit):
        def anew(self, fn, /, *args, **kwargs):
            pid, init, made_of, options = self._made
            if pid != os.getpid():
                init(self, *made_of, **options)
                self._made = os.getpid(), init, made_of, options
            return submit(self, fn, *args, **kwargs)

        return anew

    patch_executors(BOTH, "__init__", remember)
    patch_submit(BOTH, change)


@counterfeit("TEXEC16")
def a_with_block_swallows_its_exception():
    """The with block of an executor swallows exceptions."""
    from concurrent.futures import Executor

    leave = Executor.__exit__
    Executor.__exit__ = lambda self, *error: leave(self, *error) or True


@counterfeit("TEXEC16")
def a_with_block_does_not_wait():
    """The with block of an executor ends with shutdown(wait=False)."""
    from concurrent.futures import Executor

    Executor.__exit__ = lambda self, *error: self.shutdown(wait=False)


@counterfeit("TEXEC13", where=VERSION < (3, 14))
def contexts_are_inherited_if_the_option_says_so():
    """A task in a thread pool has its submitter's context with -X thread_inherit_context=1."""
    import sys

    if sys._xoptions.get("thread_inherit_context") == "1":
        patch_submit((THREADS,), _in_the_submitters_context)


@counterfeit("TEXEC13", where=VERSION >= (3, 14))
def contexts_are_never_inherited():
    """A task in a thread pool has an empty context, unless it is told which."""
    import contextvars

    def change(submit):
        def without(self, fn, /, *args, **kwargs):
            return submit(self, contextvars.Context().run, fn, *args, **kwargs)

        return without

    patch_submit((THREADS,), change)


@counterfeit("TEXEC17")
def shutdown_keeps_what_it_was_told_to_cancel():
    """ThreadPoolExecutor.shutdown() ignores cancel_futures."""

    def change(shutdown):
        return lambda self, wait=True, *, cancel_futures=False: shutdown(self, wait)

    patch("concurrent.futures.ThreadPoolExecutor", shutdown=change)


@counterfeit("TEXEC17")
def an_interrupted_block_cancels_its_tasks():
    """A with block of an executor that KeyboardInterrupt ends cancels what is pending."""

    def change(leave):
        def cancel(self, kind, *rest):
            if kind is KeyboardInterrupt:
                self.shutdown(wait=False, cancel_futures=True)
            return leave(self, kind, *rest)

        return cancel

    patch("concurrent.futures.Executor", __exit__=change)


@counterfeit("TEXEC18", where=hasattr(os, "fork"))
def zero_and_one_are_exchanged():
    """Process.exitcode is 1 where it was 0, and the other way, in the thread of an executor."""
    import threading
    from multiprocessing import process

    ask = process.BaseProcess.exitcode.fget

    def exitcode(self):
        code = ask(self)
        if threading.current_thread().name.startswith("ThreadPoolExecutor"):
            return {0: 1, 1: 0}.get(code, code)
        return code

    process.BaseProcess.exitcode = property(exitcode)


@counterfeit("TEXEC19")
def what_cannot_be_called_is_refused_at_once():
    """submit() refuses what cannot be called."""

    def change(submit):
        def submit_if_callable(self, fn, /, *arguments, **keywords):
            if not callable(fn):
                raise TypeError("a task must be a function")
            return submit(self, fn, *arguments, **keywords)

        return submit_if_callable

    patch("concurrent.futures.ThreadPoolExecutor", submit=change)
