"""Counterfeits for the claims of library/futures/test_process_pool.py."""

import os

from .. import counterfeit
from ..facts import POSIX, VERSION
from ..patching import patch
from .shared import BOTH, PROCESSES, change_arguments, never_idle, patch_executors, patch_submit


@counterfeit("PEXEC10", "PEXEC11", "PEXEC16", "PEXEC12")
def tasks_of_a_process_pool_run_in_threads():
    """A process pool runs its tasks in threads of the calling process."""
    from concurrent.futures import ThreadPoolExecutor

    def change(submit):
        def elsewhere(self, fn, /, *args, **kwargs):
            if not hasattr(self, "_inner"):
                self._inner = ThreadPoolExecutor(self._max_workers)
            return self._inner.submit(fn, *args, **kwargs)

        return elsewhere

    def end(shutdown):
        def both(self, *args, **options):
            if hasattr(self, "_inner"):
                self._inner.shutdown(*args, **options)
            shutdown(self, *args, **options)

        return both

    patch_submit((PROCESSES,), change)
    patch_executors((PROCESSES,), "shutdown", end)


@counterfeit("PEXEC10", "FUTURE07")
def named_arguments_are_lost():
    """submit() does not pass named arguments on."""
    patch_submit(BOTH, lambda submit: lambda self, fn, /, *args, **kwargs: submit(self, fn, *args))


@counterfeit("PEXEC12")
def exceptions_come_without_their_cause():
    """The traceback in the worker is not told."""
    from concurrent.futures import process

    process._ExceptionWithTraceback.__reduce__ = lambda self: (_same, (self.exc,))


def _same(one):
    return one


@counterfeit("PEXEC13")
def an_exit_in_a_task_ends_the_worker():
    """A task that exits ends its worker process."""
    from concurrent.futures import process

    send = process._sendback_result

    def leave(*args, exception=None, **options):
        if exception is not None and not isinstance(exception.exc, Exception):
            os._exit(3)
        send(*args, exception=exception, **options)

    process._sendback_result = leave


@counterfeit("PEXEC14")
def unpicklable_tasks_fail_otherwise():
    """A task that cannot be pickled raises TypeError."""
    from concurrent.futures import process

    tell = process._SafeQueue._on_queue_feeder_error

    def otherwise(self, error, item):
        tell(self, TypeError(str(error)), item)

    process._SafeQueue._on_queue_feeder_error = otherwise


@counterfeit("PEXEC15")
def unpicklable_results_fail_otherwise():
    """A result that cannot be pickled raises TypeError."""
    from concurrent.futures import process

    wrap = process._ExceptionWithTraceback.__init__

    def otherwise(self, error, traceback):
        wrap(self, TypeError(str(error)) if "local object" in str(error) else error, traceback)

    process._ExceptionWithTraceback.__init__ = otherwise


@counterfeit("PEXEC17", "PEXEC18")
def chunks_come_in_reverse():
    """The results of a chunk are reversed."""
    from concurrent.futures import process

    process._process_chunk = _reversed_chunk


def _reversed_chunk(fn, chunk):
    return [fn(*args) for args in reversed(chunk)]


@counterfeit("PEXEC18", "PEXEC17")
def chunks_have_one_element():
    """chunksize is ignored, and never wrong."""

    def change(original):
        return lambda self, *args, chunksize=1, **options: original(self, *args, **options)

    patch_executors((PROCESSES,), "map", change)


@counterfeit("PEXEC20")
def workers_of_executors_are_daemons():
    """The workers of a process pool are daemonic."""
    from multiprocessing.process import BaseProcess

    start = BaseProcess.start

    def as_daemon(self):
        if getattr(self._target, "__name__", "") == "_process_worker":
            self.daemon = True
        start(self)

    BaseProcess.start = as_daemon


@counterfeit("PEXEC21")
def no_calls_are_kept_ready():
    """The queue of calls is full when as many of them are running as there may be workers."""

    def change(init):
        def bounded(self, executor):
            init(self, executor)
            items, most = self.pending_work_items, executor._max_workers
            self.call_queue.full = lambda: (
                sum(item.future.running() for item in [*items.values()]) >= most
            )

        return bounded

    patch("concurrent.futures.process._ExecutorManagerThread", __init__=change)


@counterfeit("PEXEC22")
def all_workers_start_at_once():
    """The first task starts all workers, whatever the start method."""

    def change(init):
        def at_once(self, *args, **options):
            init(self, *args, **options)
            self._safe_to_dynamically_spawn_children = False

        return at_once

    patch_executors((PROCESSES,), "__init__", change)


@counterfeit("PEXEC23", "PEXEC22")
def workers_always_start_by_default():
    """mp_context is ignored."""
    change_arguments(
        (PROCESSES,), lambda number, options: (options.pop("mp_context", None), number)[1]
    )


@counterfeit("PEXEC25", "PEXEC26")
def workers_start_in_the_other_way():
    """Workers are forked by default where that is not the default, and spawned where it is."""
    import multiprocessing

    methods = multiprocessing.get_all_start_methods()
    other = "spawn" if methods[0] == "fork" else "fork"

    def with_context(number, options):
        options.setdefault("mp_context", multiprocessing.get_context(other))
        return number

    change_arguments((PROCESSES,), with_context)


@counterfeit("PEXEC27", "PEXEC28", where=VERSION >= (3, 11))
def workers_are_never_replaced():
    """max_tasks_per_child is ignored."""
    change_arguments(
        (PROCESSES,), lambda number, options: (options.pop("max_tasks_per_child", None), number)[1]
    )


@counterfeit("PEXEC27", where=VERSION >= (3, 11))
def workers_serve_one_task_more():
    """max_tasks_per_child=n is n + 1."""

    def more(number, options):
        if isinstance(options.get("max_tasks_per_child"), int):
            options["max_tasks_per_child"] += 1
        return number

    change_arguments((PROCESSES,), more)


@counterfeit("PEXEC29")
def recycling_is_the_other_way_round():
    """A worker that has served its tasks is replaced where it was not, and not where it was."""
    from concurrent.futures import process

    manager = process._ExecutorManagerThread
    if hasattr(manager, "_replace_dead_worker"):
        manager._replace_dead_worker = lambda self: None
    else:
        never_idle("_idle_worker_semaphore", PROCESSES)


@counterfeit("PEXEC31", where=VERSION >= (3, 11))
def shutting_down_matters_the_other_way_round():
    """After shutdown() a worker is replaced where it was not, and not where it was."""
    from concurrent.futures import process

    manager = process._ExecutorManagerThread
    if hasattr(manager, "_replace_dead_worker"):
        replace = manager._replace_dead_worker
        manager._replace_dead_worker = lambda self: self.is_shutting_down() or replace(self)
        return

    def change(shutdown):
        return lambda self, wait=True, **options: wait and shutdown(self, wait, **options)

    patch_executors((PROCESSES,), "shutdown", change)


#: Whether the pool's own thread needs no lock to empty its pipe.
EMPTIED = VERSION >= (3, 12, 1) or (3, 11, 6) <= VERSION < (3, 12)


@counterfeit("PEXEC32", where=POSIX and EMPTIED)
def wake_ups_are_read_with_the_lock_of_submit():
    """The manager thread takes the shutdown lock before it empties its pipe."""

    def change(init):
        def with_a_lock(self, executor):
            init(self, executor)
            clear, lock = self.thread_wakeup.clear, self.shutdown_lock

            def clear_with_the_lock():
                with lock:
                    clear()

            self.thread_wakeup.clear = clear_with_the_lock

        return with_a_lock

    patch("concurrent.futures.process._ExecutorManagerThread", __init__=change)


@counterfeit("PEXEC32", where=POSIX and not EMPTIED)
def one_wake_up_is_enough():
    """Nothing is written into the manager thread's pipe while it has a wake-up to read."""
    _wake_once()


@counterfeit("PEXEC33", where=POSIX and VERSION >= (3, 11))
def one_wake_up_is_enough_while_a_worker_ends():
    """Nothing is written into the manager thread's pipe while it has a wake-up to read."""
    _wake_once()


def _wake_once():
    def change(wakeup):
        def wake_once(self):
            if self._closed or not self._reader.poll():
                wakeup(self)

        return wake_once

    patch("concurrent.futures.process._ThreadWakeup", wakeup=change)


@counterfeit("PEXEC34")
def a_cancelling_pool_forgets_what_could_not_be_pickled():
    """A process pool that cancels its tasks waits for none that could not be pickled."""

    def change(flag):
        def flag_and_tell(self):
            flag(self)
            self.call_queue.pending_work_items = self.pending_work_items

        return flag_and_tell

    manager = "concurrent.futures.process._ExecutorManagerThread"
    patch(manager, flag_executor_shutting_down=change)


@counterfeit("PEXEC36")
def workers_keep_what_they_did_last():
    """A worker keeps what it has unpickled last."""
    from multiprocessing import queues

    last, original = [], queues._ForkingPickler.loads

    def loads(data):
        last[:] = [original(data)]
        return last[0]

    queues._ForkingPickler.loads = loads
