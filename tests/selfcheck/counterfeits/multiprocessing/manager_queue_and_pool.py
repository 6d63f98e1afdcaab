"""Counterfeits for the claims of library/multiprocessing/test_manager_queue_and_pool.py."""

from .. import counterfeit
from ..facts import VERSION


@counterfeit("MANAGER33", where=VERSION >= (3, 13))
def queues_cannot_be_shut_down():
    """queue.Queue has no shutdown()."""
    import queue

    del queue.Queue.shutdown


@counterfeit("MANAGER31")
def a_managers_queue_is_a_stack():
    """A Manager's Queue gives the last item first."""
    import queue
    from multiprocessing import managers

    managers.SyncManager.register("Queue", queue.LifoQueue)


@counterfeit("MANAGER32")
def joining_a_managers_queue_does_not_wait():
    """join() of a queue.Queue returns at once."""
    import queue

    queue.Queue.join = lambda self: None


@counterfeit("MANAGER34")
def a_managers_pool_maps_backwards():
    """map() of a Manager's Pool gives the last result first."""
    from multiprocessing import managers

    forwards = managers.PoolProxy.map
    managers.PoolProxy.map = lambda self, *args: forwards(self, *args)[::-1]


@counterfeit("MANAGER35")
def leaving_a_managers_pool_does_nothing():
    """A Manager's Pool works on after its `with` statement."""
    from multiprocessing import managers

    managers.PoolProxy.__exit__ = lambda self, *exception: None


@counterfeit("MANAGER34")
def a_managers_pool_has_threads():
    """The workers of a Manager's Pool are threads of its process."""
    from multiprocessing import managers, pool

    managers.SyncManager.register("Pool", pool.ThreadPool, managers.PoolProxy)


@counterfeit("MANAGER35")
def leaving_a_managers_pool_closes_it():
    """The end of `with manager.Pool()` lets the tasks that run go on."""
    from multiprocessing import managers

    managers.PoolProxy.__exit__ = lambda self, *exception: self.close()
