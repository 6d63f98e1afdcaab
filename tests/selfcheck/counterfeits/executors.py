"""Counterfeits of ThreadPoolExecutor and ProcessPoolExecutor: workers, tasks, ends."""

import contextlib
import os
import sys
from collections.abc import Callable
from typing import Any

from . import counterfeit

UNRELATED = ("1.", "4.", "5.", "8.")

Method = Callable[..., Any]
THREADS, PROCESSES = "ThreadPoolExecutor", "ProcessPoolExecutor"
BOTH = (THREADS, PROCESSES)


def _change(kinds: tuple[str, ...], name: str, change: Callable[[Method], Method]) -> None:
    """Replace a method of these kinds of executors by what ``change`` makes of it."""
    import concurrent.futures

    for kind in kinds:
        cls = getattr(concurrent.futures, kind)
        setattr(cls, name, change(getattr(cls, name)))


def _make(kinds: tuple[str, ...], change: Callable[..., Any]) -> None:
    """Let ``change(number, options)`` change max_workers and the other arguments."""

    def wrap(init: Method) -> Method:
        def changed(self: Any, max_workers: Any = None, *args: Any, **options: Any) -> None:
            init(self, change(max_workers, options), *args, **options)

        return changed

    _change(kinds, "__init__", wrap)


@counterfeit("CF18")
def threads_are_never_idle() -> None:
    """A thread that has done its task does not count as idle."""
    _private_semaphore("_idle_semaphore", THREADS)


def _private_semaphore(name: str, kind: str) -> None:
    """Let the executor's count of idle workers stay at none."""

    class Never:
        _value = 0

        def acquire(self, *args: Any, **options: Any) -> bool:
            return False

        def release(self) -> None:
            pass

    def change(init: Method) -> Method:
        def unaware(self: Any, *args: Any, **options: Any) -> None:
            init(self, *args, **options)
            setattr(self, name, Never())

        return unaware

    _change((kind,), "__init__", change)


@counterfeit("Z20", "CF35", "CF46")
def a_thread_pool_has_one_thread_too_many() -> None:
    """ThreadPoolExecutor(n) has n + 1 threads."""
    _make((THREADS,), lambda number, options: number + 1 if number and number > 0 else number)


@counterfeit("CF19", "CF75", "CF87", "CF42", "CF91", "Z20", "CF10")
def an_executor_has_one_worker_too_few() -> None:
    """An executor has a worker less than was asked for, but one at least."""
    _make(BOTH, lambda number, options: number - 1 if number and number > 1 else number)


@counterfeit("CF73")
def tasks_are_taken_from_the_end() -> None:
    """The task that was submitted last is run first."""
    import queue

    def change(init: Method) -> Method:
        def stack(self: Any, *args: Any, **options: Any) -> None:
            init(self, *args, **options)
            self._work_queue = queue.LifoQueue()

        return stack

    _change((THREADS,), "__init__", change)


@counterfeit("CF19")
def threads_have_no_prefix() -> None:
    """The prefix of names is ignored."""
    _make(
        (THREADS,),
        lambda number, options: (options.pop("thread_name_prefix", None), number)[1],
    )


@counterfeit("CF19")
def threads_of_a_pool_are_daemons() -> None:
    """The threads of a ThreadPoolExecutor are daemons."""
    import threading

    start = threading.Thread.start

    def as_daemon(self: Any) -> None:
        if getattr(getattr(self, "_target", None), "__name__", "") == "_worker":
            self.daemon = True
        start(self)

    threading.Thread.start = as_daemon  # type: ignore[method-assign]


@counterfeit("CF25")
def an_exit_in_a_task_ends_the_thread() -> None:
    """A thread that has run a task which exits ends."""
    from concurrent.futures import thread

    run = thread._WorkItem.run

    def leave(self: Any, *args: Any) -> None:
        future = self.future
        run(self, *args)
        if not future.cancelled() and isinstance(future._exception, (SystemExit, GeneratorExit)):
            raise future._exception

    thread._WorkItem.run = leave


@counterfeit("CF25", "CF24")
def an_exit_becomes_an_ordinary_exception() -> None:
    """A task that exits has failed with RuntimeError."""
    from concurrent.futures import Future

    original = Future.set_exception

    def ordinary(self: Any, error: BaseException) -> None:
        original(self, error if isinstance(error, Exception) else RuntimeError(*error.args))

    Future.set_exception = ordinary


def _submit(kinds: tuple[str, ...], change: Callable[[Method], Method]) -> None:
    """Replace submit()."""
    _change(kinds, "submit", change)


@counterfeit("CF74")
def arguments_of_threads_are_copied() -> None:
    """A task in a thread pool gets copies of its arguments."""
    import copy

    def change(submit: Method) -> Method:
        def copied(self: Any, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
            args = tuple(copy.copy(one) if type(one) is list else one for one in args)
            return submit(self, fn, *args, **kwargs)

        return copied

    _submit((THREADS,), change)


@counterfeit("CF74")
def exceptions_of_threads_are_copied() -> None:
    """result() raises a copy of the exception."""
    import copy
    from concurrent.futures import Future

    original = Future.set_exception
    Future.set_exception = lambda self, error: original(self, copy.copy(error))


@counterfeit("CF75", "CF76", "CF91", "CF22")
def initializers_are_forgotten() -> None:
    """An executor forgets its initializer."""
    _make(BOTH, lambda number, options: (options.pop("initializer", None), number)[1])


@counterfeit("CF75", "CF91")
def initializers_get_no_arguments() -> None:
    """initargs are dropped."""
    _make(BOTH, lambda number, options: (options.pop("initargs", None), number)[1])


@counterfeit("CF76", "CF22")
def failing_initializers_are_ignored() -> None:
    """What an initializer raises is ignored."""
    import functools

    def ignoring(number: Any, options: Any) -> Any:
        if callable(options.get("initializer")):
            options["initializer"] = functools.partial(_ignore, options["initializer"])
        return number

    _make(BOTH, ignoring)


def _ignore(function: Any, *args: Any) -> None:
    with contextlib.suppress(Exception):
        function(*args)


@counterfeit("CF77")
def thread_pools_are_never_forgotten() -> None:
    """Somebody always refers to a thread pool."""
    kept = []

    def change(init: Method) -> Method:
        def keep(self: Any, *args: Any, **options: Any) -> None:
            init(self, *args, **options)
            kept.append(self)

        return keep

    _change((THREADS,), "__init__", change)


@counterfeit("CF37", "CF78", "CF38")
def tasks_run_in_the_context_of_their_submitter() -> None:
    """A task in a thread pool has the context of the code that submits it."""
    import contextvars

    def change(submit: Method) -> Method:
        def with_context(self: Any, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
            return submit(self, contextvars.copy_context().run, fn, *args, **kwargs)

        return with_context

    _submit((THREADS,), change)


@counterfeit("CF41", "CF79")
def inherited_executors_work_in_a_child() -> None:
    """An executor that finds itself in a forked child makes itself anew."""

    def remember(init: Method) -> Method:
        def made(self: Any, *args: Any, **options: Any) -> None:
            init(self, *args, **options)
            self._made = os.getpid(), init, args, options

        return made

    def change(submit: Method) -> Method:
        def anew(self: Any, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
            pid, init, made_of, options = self._made
            if pid != os.getpid():
                init(self, *made_of, **options)
                self._made = os.getpid(), init, made_of, options
            return submit(self, fn, *args, **kwargs)

        return anew

    _change(BOTH, "__init__", remember)
    _submit(BOTH, change)


@counterfeit("CF80")
def a_with_block_swallows_its_exception() -> None:
    """The with block of an executor swallows exceptions."""
    from concurrent.futures import Executor

    leave = Executor.__exit__
    Executor.__exit__ = lambda self, *error: leave(self, *error) or True


@counterfeit("CF80")
def a_with_block_does_not_wait() -> None:
    """The with block of an executor ends with shutdown(wait=False)."""
    from concurrent.futures import Executor

    Executor.__exit__ = lambda self, *error: self.shutdown(wait=False)


@counterfeit("CF17", where=sys.version_info >= (3, 13))
def all_cpus_of_the_machine_are_counted() -> None:
    """process_cpu_count() does not care for the CPUs that the process may use."""
    os.process_cpu_count = lambda: os.cpu_count()


@counterfeit("CF81")
def thread_pools_have_no_limit() -> None:
    """The default number of threads is not limited."""
    from concurrent.futures import thread

    thread.min = lambda limit, number: number


@counterfeit("CF82")
def zero_workers_are_the_default() -> None:
    """max_workers=0 is the same as None."""
    _make(BOTH, lambda number, options: number or None)


@counterfeit("CF83")
def process_pools_are_limited_everywhere() -> None:
    """The limit of Windows holds on any platform."""

    def limited(number: Any, options: Any) -> Any:
        if number and number > 61:
            raise ValueError("max_workers must be <= 61")
        return number

    _make((PROCESSES,), limited)


@counterfeit("X23")
def windows_waits_for_more() -> None:
    """The limit of Windows is 63."""
    from concurrent.futures import process

    process._MAX_WINDOWS_WORKERS = 63


@counterfeit("CF15", "CF21", "CF80")
def submit_never_refuses() -> None:
    """submit() returns a future even after shutdown()."""
    from concurrent.futures import Future

    def change(submit: Method) -> Method:
        def accept(self: Any, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
            try:
                return submit(self, fn, *args, **kwargs)
            except RuntimeError:
                return Future()

        return accept

    _submit(BOTH, change)


def _shutdown(change: Callable[..., Any]) -> None:
    """Let ``change(wait, cancel_futures)`` change how executors are shut down."""

    def wrap(shutdown: Method) -> Method:
        def changed(self: Any, wait: bool = True, *, cancel_futures: bool = False) -> None:
            wait, cancel_futures = change(wait, cancel_futures)
            shutdown(self, wait, cancel_futures=cancel_futures)

        return changed

    _change(BOTH, "shutdown", wrap)


@counterfeit("CF84", "CF80")
def shutdown_never_waits() -> None:
    """shutdown() waits for nothing unless it cancels."""
    _shutdown(lambda wait, cancel: (wait and cancel, cancel))


@counterfeit("CF85")
def shutdown_always_waits() -> None:
    """shutdown(wait=False) waits."""
    _shutdown(lambda wait, cancel: (True, cancel))


@counterfeit("CF16")
def shutdown_never_cancels() -> None:
    """shutdown(cancel_futures=True) cancels nothing."""
    _shutdown(lambda wait, cancel: (wait, False))


@counterfeit("CF84", "CF85", "CF80")
def shutdown_always_cancels() -> None:
    """shutdown() cancels what is pending."""
    _shutdown(lambda wait, cancel: (wait, True))


@counterfeit("CF20")
def the_end_of_a_program_cancels_what_is_pending() -> None:
    """Tasks that are pending when the program ends are not done."""
    import threading

    pools = []

    def change(init: Method) -> Method:
        def note(self: Any, *args: Any, **options: Any) -> None:
            if not pools:
                threading._register_atexit(cancel)
            pools.append(self)
            init(self, *args, **options)

        return note

    def cancel() -> None:
        for pool in pools:
            pool.shutdown(wait=False, cancel_futures=True)

    _change(BOTH, "__init__", change)


@counterfeit("CF86", "CF87", "CF88", "CF02")
def tasks_of_a_process_pool_run_in_threads() -> None:
    """A process pool runs its tasks in threads of the calling process."""
    from concurrent.futures import ThreadPoolExecutor

    def change(submit: Method) -> Method:
        def elsewhere(self: Any, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
            if not hasattr(self, "_inner"):
                self._inner = ThreadPoolExecutor(self._max_workers)
            return self._inner.submit(fn, *args, **kwargs)

        return elsewhere

    def end(shutdown: Method) -> Method:
        def both(self: Any, *args: Any, **options: Any) -> None:
            if hasattr(self, "_inner"):
                self._inner.shutdown(*args, **options)
            shutdown(self, *args, **options)

        return both

    _submit((PROCESSES,), change)
    _change((PROCESSES,), "shutdown", end)


@counterfeit("CF86", "CF01")
def named_arguments_are_lost() -> None:
    """submit() does not pass named arguments on."""
    _submit(BOTH, lambda submit: lambda self, fn, /, *args, **kwargs: submit(self, fn, *args))


@counterfeit("CF02")
def exceptions_come_without_their_cause() -> None:
    """The traceback in the worker is not told."""
    from concurrent.futures import process

    process._ExceptionWithTraceback.__reduce__ = lambda self: (_same, (self.exc,))


def _same(one: Any) -> Any:
    return one


@counterfeit("CF24")
def an_exit_in_a_task_ends_the_worker() -> None:
    """A task that exits ends its worker process."""
    from concurrent.futures import process

    send = process._sendback_result

    def leave(*args: Any, exception: Any = None, **options: Any) -> None:
        if exception is not None and not isinstance(exception.exc, Exception):
            os._exit(3)
        send(*args, exception=exception, **options)

    process._sendback_result = leave


@counterfeit("CF26")
def unpicklable_tasks_fail_otherwise() -> None:
    """A task that cannot be pickled raises TypeError."""
    from concurrent.futures import process

    tell = process._SafeQueue._on_queue_feeder_error

    def otherwise(self: Any, error: Any, item: Any) -> None:
        tell(self, TypeError(str(error)), item)

    process._SafeQueue._on_queue_feeder_error = otherwise


@counterfeit("CF27")
def unpicklable_results_fail_otherwise() -> None:
    """A result that cannot be pickled raises TypeError."""
    from concurrent.futures import process

    wrap = process._ExceptionWithTraceback.__init__

    def otherwise(self: Any, error: Any, traceback: Any) -> None:
        wrap(self, TypeError(str(error)) if "local object" in str(error) else error, traceback)

    process._ExceptionWithTraceback.__init__ = otherwise


@counterfeit("CF33", "CF89")
def chunks_come_in_reverse() -> None:
    """The results of a chunk are reversed."""
    from concurrent.futures import process

    process._process_chunk = _reversed_chunk


def _reversed_chunk(fn: Any, chunk: Any) -> list[Any]:
    return [fn(*args) for args in reversed(chunk)]


@counterfeit("CF89", "CF33")
def chunks_have_one_element() -> None:
    """chunksize is ignored, and never wrong."""

    def change(original: Method) -> Method:
        return lambda self, *args, chunksize=1, **options: original(self, *args, **options)

    _change((PROCESSES,), "map", change)


@counterfeit("CF32")
def workers_of_executors_are_daemons() -> None:
    """The workers of a process pool are daemonic."""
    from multiprocessing.process import BaseProcess

    start = BaseProcess.start

    def as_daemon(self: Any) -> None:
        if getattr(self._target, "__name__", "") == "_process_worker":
            self.daemon = True
        start(self)

    BaseProcess.start = as_daemon  # type: ignore[method-assign]


@counterfeit("X09")
def many_calls_are_kept_ready() -> None:
    """Ten calls more than there are workers are running."""
    from concurrent.futures import process

    process.EXTRA_QUEUED_CALLS = 10


@counterfeit("CF42")
def all_workers_start_at_once() -> None:
    """The first task starts all workers, whatever the start method."""

    def change(init: Method) -> Method:
        def at_once(self: Any, *args: Any, **options: Any) -> None:
            init(self, *args, **options)
            self._safe_to_dynamically_spawn_children = False

        return at_once

    _change((PROCESSES,), "__init__", change)


@counterfeit("CF98", "CF42")
def workers_always_start_by_default() -> None:
    """mp_context is ignored."""
    _make((PROCESSES,), lambda number, options: (options.pop("mp_context", None), number)[1])


@counterfeit("CF29", "CF92")
def workers_start_in_the_other_way() -> None:
    """Workers are forked by default where that is not the default, and spawned where it is."""
    import multiprocessing

    methods = multiprocessing.get_all_start_methods()
    other = "spawn" if methods[0] == "fork" else "fork"

    def with_context(number: Any, options: Any) -> Any:
        options.setdefault("mp_context", multiprocessing.get_context(other))
        return number

    _make((PROCESSES,), with_context)


@counterfeit("CF30", "CF93", where=sys.version_info >= (3, 11))
def workers_are_never_replaced() -> None:
    """max_tasks_per_child is ignored."""
    _make(
        (PROCESSES,),
        lambda number, options: (options.pop("max_tasks_per_child", None), number)[1],
    )


@counterfeit("CF30", where=sys.version_info >= (3, 11))
def workers_serve_one_task_more() -> None:
    """max_tasks_per_child=n is n + 1."""

    def more(number: Any, options: Any) -> Any:
        if isinstance(options.get("max_tasks_per_child"), int):
            options["max_tasks_per_child"] += 1
        return number

    _make((PROCESSES,), more)


@counterfeit("CF94")
def recycling_is_the_other_way_round() -> None:
    """A worker that has served its tasks is replaced where it was not, and not where it was."""
    from concurrent.futures import process

    manager = process._ExecutorManagerThread
    if hasattr(manager, "_replace_dead_worker"):
        manager._replace_dead_worker = lambda self: None
    else:
        _private_semaphore("_idle_worker_semaphore", PROCESSES)


BROKEN = ("CF23", "CF96", "X03", "CF22", "MX19", "CF28", "CF97", "CF95")


@counterfeit(*BROKEN)
def a_broken_pool_is_an_ordinary_error() -> None:
    """The futures of a broken process pool raise RuntimeError."""
    from concurrent.futures import Future

    original = Future.set_exception

    def ordinary(self: Any, error: BaseException) -> None:
        broken = type(error).__name__ == "BrokenProcessPool"
        original(self, RuntimeError(str(error)) if broken else error)

    Future.set_exception = ordinary


@counterfeit("CF23")
def a_broken_pool_takes_tasks() -> None:
    """submit() to a broken process pool returns a future."""
    from concurrent.futures import Future, process

    def change(submit: Method) -> Method:
        def accept(self: Any, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
            try:
                return submit(self, fn, *args, **kwargs)
            except process.BrokenProcessPool:
                return Future()

        return accept

    _submit((PROCESSES,), change)


@counterfeit("CF96", where=sys.version_info >= (3, 14))
def a_broken_pool_has_one_exception() -> None:
    """All futures of a broken process pool have the same exception."""
    from concurrent.futures import Future

    original, first = Future.set_exception, []

    def shared(self: Any, error: BaseException) -> None:
        if type(error).__name__ == "BrokenProcessPool":
            first.append(error)
            error = first[0]
        original(self, error)

    Future.set_exception = shared


@counterfeit("CF31", where=sys.version_info < (3, 14))
def workers_can_be_ended() -> None:
    """terminate_workers() and kill_workers() are there."""
    from concurrent.futures import ProcessPoolExecutor

    def end(name: str) -> Method:
        def all_of_them(self: Any) -> None:
            processes = list(self._processes.values())
            self.shutdown(wait=False, cancel_futures=True)
            for process in processes:
                getattr(process, name)()

        return all_of_them

    ProcessPoolExecutor.terminate_workers = end("terminate")
    ProcessPoolExecutor.kill_workers = end("kill")


@counterfeit("CF31", where=sys.version_info >= (3, 14))
def workers_are_never_killed() -> None:
    """kill_workers() only terminates them."""
    from concurrent.futures import ProcessPoolExecutor

    ProcessPoolExecutor.kill_workers = ProcessPoolExecutor.terminate_workers


@counterfeit("CF38", where=sys.version_info >= (3, 14))
def contexts_are_never_inherited() -> None:
    """A task in a thread pool has an empty context, unless it is told which."""
    import contextvars

    def change(submit: Method) -> Method:
        def without(self: Any, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
            return submit(self, contextvars.Context().run, fn, *args, **kwargs)

        return without

    _submit((THREADS,), change)
