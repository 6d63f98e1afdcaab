"""Counterfeits for the claims of library/multiprocessing/test_pool_workers.py."""

import os
from functools import partial

from .. import counterfeit
from ..facts import FORK, PYPY, VERSION
from ..patching import patch


@counterfeit("POOL22")
def a_pool_always_has_a_worker():
    """Pool(0) and Pool(-1) start one process."""
    from multiprocessing.pool import Pool

    original = Pool.__init__

    def __init__(self, processes=None, *args, **kwargs):
        original(self, None if processes is None else max(processes, 1), *args, **kwargs)

    Pool.__init__ = __init__


@counterfeit("POOL23", where=hasattr(os, "sched_setaffinity"))
def the_default_size_is_counted_the_other_way():
    """A pool has as many processes as there are usable cores, or, from 3.13, cores at all."""
    from multiprocessing.pool import Pool

    counts_usable = VERSION >= (3, 13) and not PYPY
    original = Pool.__init__

    def __init__(self, processes=None, *args, **kwargs):
        usable = len(os.sched_getaffinity(0))
        default = (os.cpu_count() if counts_usable else usable) or 1
        original(self, default if processes is None else processes, *args, **kwargs)

    Pool.__init__ = __init__


@counterfeit("POOL24", "DUMMY05")
def pools_forget_their_initializers():
    """No worker of a pool calls its initializer."""
    from multiprocessing.pool import Pool

    original = Pool.__init__

    def __init__(self, processes=None, initializer=None, *args, **kw):
        original(self, processes, None, *args, **kw)

    Pool.__init__ = __init__


@counterfeit("POOL24")
def pools_take_any_initializer():
    """A pool calls its initializer if that can be called, and else says nothing."""
    from multiprocessing.pool import Pool

    original = Pool.__init__

    def __init__(self, processes=None, initializer=None, *args, **kw):
        original(self, processes, initializer if callable(initializer) else None, *args, **kw)

    Pool.__init__ = __init__


@counterfeit("POOL25", "POOL26")
def maxtasksperchild_is_ignored():
    """Workers are never replaced, whatever maxtasksperchild is."""
    from multiprocessing.pool import Pool

    original = Pool.__init__

    def __init__(self, *args, maxtasksperchild=None, **kwargs):
        original(self, *args[:3], **kwargs)

    Pool.__init__ = __init__


def answer_the_rest_when(ended):
    """Set all results that are not there yet to an exception when a worker has ended, perhaps.

    ``ended`` gets the exit codes of all workers that the same pool has lost so far.
    """
    import weakref
    from multiprocessing import pool

    original = pool.Pool._join_exited_workers
    make = pool.ApplyResult.__init__
    results, lost = [], {}

    def __init__(self, *args):
        make(self, *args)
        results.append(weakref.ref(self))

    def _join_exited_workers(workers):
        before = [*workers]
        cleaned = original(workers)
        _, codes = lost.setdefault(id(workers), (workers, []))
        codes.extend(worker.exitcode for worker in before if worker not in workers)
        if cleaned and ended(codes):
            for result in [r for ref in results for r in [ref()] if r is not None]:
                if not result.ready():
                    result._set(0, (False, RuntimeError("the worker has gone")))
        return cleaned

    pool.ApplyResult.__init__ = __init__
    pool.Pool._join_exited_workers = staticmethod(_join_exited_workers)


@counterfeit("POOL27", "POOL28", "POOL29", "POOL03")
def a_lost_task_is_answered():
    """When a worker has gone, all results that are not there yet are set to an exception."""
    answer_the_rest_when(bool)


@counterfeit("POOL28")
def a_task_of_a_killed_worker_is_answered():
    """When a worker has been killed, the results that are not there yet are set to an exception."""
    answer_the_rest_when(lambda codes: codes[-1] < 0)


@counterfeit("POOL29")
def a_pool_gives_up_after_two_workers():
    """When two workers have failed, the results that are not there are set to an exception."""
    answer_the_rest_when(lambda codes: len(codes) > 1 and all(codes[-2:]))


@counterfeit("POOL27")
def a_worker_survives_sys_exit():
    """SystemExit and KeyboardInterrupt of a task are errors like all others."""
    from multiprocessing.pool import Pool

    original = Pool.apply_async

    def apply_async(self, func, *args, **kwargs):
        return original(self, partial(_surviving, func), *args, **kwargs)

    Pool.apply_async = apply_async


def _surviving(func, *args, **kwargs):
    try:
        return func(*args, **kwargs)
    except (SystemExit, KeyboardInterrupt) as error:
        raise RuntimeError("the task wants to leave") from error


@counterfeit("POOL30")
def join_of_a_pool_returns_at_once():
    """join() does not wait for the workers."""
    from multiprocessing.pool import Pool

    Pool.join = lambda self: None


@counterfeit("POOL31")
def the_end_of_a_with_block_leaves_a_pool_open():
    """The end of a with block does not end the pool."""
    from multiprocessing.pool import Pool

    Pool.__exit__ = lambda self, *error: None


@counterfeit("POOL30")
def an_empty_map_is_never_done():
    """close() and join() of a pool wait for a map() of nothing."""

    def change(init):
        def __init__(self, pool, chunksize, *args, **kwargs):
            init(self, pool, chunksize, *args, **kwargs)
            self._cache[self._job] = self

        return __init__

    patch("multiprocessing.pool.MapResult", __init__=change)


@counterfeit("POOL31")
def a_pool_reads_its_input_to_the_end():
    """terminate() of a pool waits until the input of imap() has been read."""
    import time
    from multiprocessing.pool import Pool

    imap, terminate = Pool.imap, Pool.terminate

    def read(self, func, iterable, chunksize=1):
        self.reading = iterable
        return imap(self, func, iterable, chunksize)

    def terminate_when_read(self):
        end = time.monotonic() + 60
        while getattr(self, "reading", None) is not None and time.monotonic() < end:
            time.sleep(0.1)
        terminate(self)

    Pool.imap, Pool.terminate = read, terminate_when_read


@counterfeit("POOL32")
def a_pool_can_be_closed_once():
    """A second close() raises ValueError."""
    from multiprocessing.pool import CLOSE, Pool

    original = Pool.close

    def close(self):
        if self._state == CLOSE:
            raise ValueError("Pool is closed")
        original(self)

    Pool.close = close


@counterfeit("POOL33")
def a_dropped_pool_is_silent():
    """No warning is given when a running pool is dropped."""
    from multiprocessing.pool import Pool

    Pool.__del__ = lambda self, **kwargs: None


@counterfeit("POOL34")
def a_pool_left_running_fails_the_program():
    """A program that leaves a pool running ends with status 1."""
    import atexit
    from multiprocessing.pool import Pool

    original = Pool.__init__
    pid = os.getpid()

    def __init__(self, *args, **kwargs):
        original(self, *args, **kwargs)
        atexit.register(lambda: os.getpid() == pid and os._exit(1))

    Pool.__init__ = __init__


@counterfeit("POOL35", where=FORK)
def a_forked_child_does_the_tasks_of_its_pool():
    """In a process that has not made the pool, apply_async() does the task at once."""
    from multiprocessing.pool import ApplyResult, Pool

    make, original = Pool.__init__, Pool.apply_async

    def __init__(self, *args, **kwargs):
        make(self, *args, **kwargs)
        self._maker = os.getpid()

    def apply_async(self, func, args=(), *more, **kwargs):
        if self._maker == os.getpid():
            return original(self, func, args, *more, **kwargs)
        result = ApplyResult(self, None, None)
        result._set(0, (True, func(*args)))
        return result

    Pool.__init__, Pool.apply_async = __init__, apply_async


@counterfeit("POOL40", where=FORK)
def the_resource_tracker_masks_the_other_way():
    """Starting the resource tracker unblocks signals where it did not, and not where it did."""
    import signal
    from multiprocessing import resource_tracker

    ensure = resource_tracker.ResourceTracker.ensure_running
    restores = VERSION >= (3, 13, 2) or (3, 12, 9) <= VERSION < (3, 13)

    def ensure_and_mask(self):
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, ())
        ensure(self)
        if restores:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        else:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    resource_tracker.ResourceTracker.ensure_running = ensure_and_mask
    resource_tracker.ensure_running = resource_tracker._resource_tracker.ensure_running
