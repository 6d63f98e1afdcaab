"""Counterfeits for the claims of library/futures/test_broken_pools.py."""

from .. import counterfeit
from ..facts import VERSION
from .shared import PROCESSES, patch_submit

BROKEN = ("CF23", "CF96", "X03", "CF22", "MX19", "CF28", "CF97", "CF95")


@counterfeit(*BROKEN)
def a_broken_pool_is_an_ordinary_error():
    """The futures of a broken process pool raise RuntimeError."""
    from concurrent.futures import Future

    original = Future.set_exception

    def ordinary(self, error):
        broken = type(error).__name__ == "BrokenProcessPool"
        original(self, RuntimeError(str(error)) if broken else error)

    Future.set_exception = ordinary


@counterfeit("CF23")
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


@counterfeit("CF96", where=VERSION >= (3, 14))
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


@counterfeit("CF31", where=VERSION < (3, 14))
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


@counterfeit("CF31", where=VERSION >= (3, 14))
def workers_are_never_killed():
    """kill_workers() only terminates them."""
    from concurrent.futures import ProcessPoolExecutor

    ProcessPoolExecutor.kill_workers = ProcessPoolExecutor.terminate_workers
