"""Counterfeits for the claims of library/futures/test_broken_pools.py."""

from .. import counterfeit
from ..facts import VERSION
from ..patching import patch
from .shared import PROCESSES, patch_submit

#: Where each future of a broken pool has an exception of its own.
ONE_EACH = VERSION >= (3, 14, 7) or (3, 13, 15) <= VERSION < (3, 14)

BROKEN = ("PEXEC01", "PEXEC03", "PEXEC04", "PEXEC05", "PEXEC08", "PEXEC06", "PEXEC07", "PEXEC02")


@counterfeit("PEXEC01", "PEXEC05")
def a_broken_pool_takes_tasks():
    """submit() to a broken process pool returns a future."""
    from concurrent.futures import Future, process

    def change(submit):
        def accept(self, fn, /, *args, **kwargs):
            try:
                return submit(self, fn, *args, **kwargs)
            except process.BrokenProcessPool:
                return Future()

        return accept

    patch_submit((PROCESSES,), change)


@counterfeit("PEXEC03", where=ONE_EACH)
def a_broken_pool_has_one_exception():
    """All futures of a broken process pool have the same exception."""
    from concurrent.futures import Future

    original, first = Future.set_exception, []

    def shared(self, error):
        if type(error).__name__ == "BrokenProcessPool":
            first.append(error)
            error = first[0]
        original(self, error)

    Future.set_exception = shared


@counterfeit("PEXEC03", where=not ONE_EACH)
def each_future_of_a_broken_pool_has_an_exception():
    """Each future of a broken process pool has a new exception."""
    import copy
    from concurrent.futures import Future

    original = Future.set_exception

    def separate(self, error):
        broken = type(error).__name__ == "BrokenProcessPool"
        original(self, copy.copy(error) if broken else error)

    Future.set_exception = separate


@counterfeit("PEXEC09", where=VERSION < (3, 14))
def workers_can_be_ended():
    """terminate_workers() and kill_workers() are there."""
    from concurrent.futures import ProcessPoolExecutor

    def end(name):
        def all_of_them(self):
            processes = list(self._processes.values())
            self.shutdown(wait=False, cancel_futures=True)
            for process in processes:
                getattr(process, name)()

        return all_of_them

    ProcessPoolExecutor.terminate_workers = end("terminate")
    ProcessPoolExecutor.kill_workers = end("kill")


@counterfeit("PEXEC09", where=VERSION >= (3, 14))
def workers_are_never_killed():
    """kill_workers() only terminates them."""
    from concurrent.futures import ProcessPoolExecutor

    ProcessPoolExecutor.kill_workers = ProcessPoolExecutor.terminate_workers


def _manager(**changes):
    """Replace methods of the thread that manages a process pool."""
    patch("concurrent.futures.process._ExecutorManagerThread", **changes)


@counterfeit("PEXEC02")
def other_tasks_may_end_before_the_pool_breaks():
    """A pool with a dead worker waits for the results of its other workers before it breaks."""

    def change(terminate):
        def patient(self, *cause):
            if len(self.processes) > 1:
                while self.result_queue._reader.poll(2):
                    self.process_result_item(self.result_queue._reader.recv())
            terminate(self, *cause)

        return patient

    _manager(terminate_broken=change)


@counterfeit("PEXEC07", "PEXEC06")
def an_unpickling_error_is_the_tasks_own():
    """A result that cannot be un-pickled fails the task that has begun first."""
    from concurrent.futures.process import _ResultItem

    def change(wait):
        def tolerant(self):
            result, broken, cause = wait(self)
            if cause is None:
                return result, broken, cause
            error = ValueError(cause[-1].strip())
            return _ResultItem(min(self.pending_work_items), exception=error), False, None

        return tolerant

    _manager(wait_result_broken_or_wakeup=change)


@counterfeit("PEXEC06")
def exceptions_are_unpickled_without_init():
    """An exception of a task is made anew without its __init__()."""

    def change(reduce):
        def bare(self):
            make, args = reduce(self)
            exception = self.exc
            return _made_anew, (type(exception), exception.args, make, args[1])

        return bare

    patch("concurrent.futures.process._ExceptionWithTraceback", __reduce__=change)


def _made_anew(kind, args, make, traceback):
    return make(kind.__new__(kind, *args), traceback)


@counterfeit("PEXEC08")
def a_function_without_a_file_is_refused():
    """A task whose function is in no file fails with ImportError, and harms nobody."""
    import sys
    from concurrent.futures import Future

    def change(submit):
        def check(self, fn, /, *args, **kwargs):
            module = sys.modules.get(getattr(fn, "__module__", None), sys)
            if module.__spec__ or module.__name__ == "__main__":
                return submit(self, fn, *args, **kwargs)
            future = Future()
            future.set_exception(ImportError(module.__name__))
            return future

        return check

    patch_submit((PROCESSES,), change)


@counterfeit("PEXEC04")
def the_cause_of_a_broken_pool_is_shown_elsewhere():
    """A pool says how its worker died where others do not, and does not where others do."""

    def change(terminate):
        def flipped(self, cause, *message):
            if cause is None and VERSION >= (3, 15):
                cause = ["no idea"]
            elif cause is None:
                cause = [
                    f"Process {worker.pid} terminated abruptly with exit code {worker.exitcode}"
                    for worker in self.processes.values()
                ]
            terminate(self, cause, *message)

        return flipped

    _manager(terminate_broken=change)


@counterfeit("PEXEC30")
def a_broken_pool_goes_on_writing_or_stops():
    """What a broken pool writes is read by nobody, or before 3.11.5 its pipe is closed."""
    from concurrent.futures.process import _ExecutorManagerThread
    from multiprocessing.connection import Connection

    terminate, kept = _ExecutorManagerThread.terminate_broken, []

    def keep_or_close(self, cause):
        import os

        reader = self.call_queue._reader
        if VERSION < (3, 11, 5):
            reader.close()
        else:
            kept.append(reader)
            self.call_queue._reader = Connection(os.dup(reader.fileno()))
        return terminate(self, cause)

    _ExecutorManagerThread.terminate_broken = keep_or_close


@counterfeit("PEXEC35", where=VERSION >= (3, 12, 1))
def a_cancelled_task_stops_what_breaks_a_pool():
    """The thread of a pool that breaks ends at a task that was cancelled."""
    from concurrent.futures import _base

    set_exception = _base.Future.set_exception

    def set_or_fail(self, error):
        if self.cancelled():
            raise ValueError("this was cancelled")
        set_exception(self, error)

    _base.Future.set_exception = set_or_fail
