"""Counterfeits for the claims of library/queue/test_shutdown.py."""

from .. import counterfeit
from ..facts import VERSION
from ..patching import patch


@counterfeit("QUEUE25", "QUEUE30", where=VERSION >= (3, 13))
def a_shutdown_does_nothing():
    """Queue.shutdown() does nothing."""
    patch("queue.Queue", shutdown=lambda shutdown: lambda self, immediate=False: None)


@counterfeit("QUEUE26", "QUEUE27", where=VERSION >= (3, 13))
def a_shutdown_wakes_nobody():
    """Queue.shutdown() lets those who wait go on waiting."""

    def change(shutdown):
        def quiet(self, immediate=False):
            with self.mutex:
                self.is_shutdown = True

        return quiet

    patch("queue.Queue", shutdown=change)


@counterfeit("QUEUE27", where=VERSION >= (3, 13))
def an_immediate_shutdown_forgets_join():
    """shutdown(immediate=True) drops the rest, which stays unfinished."""

    def change(shutdown):
        def forget(self, immediate=False):
            unfinished = self.unfinished_tasks
            with self.mutex:
                self.queue.clear()
            shutdown(self)
            self.unfinished_tasks = unfinished

        return forget

    patch("queue.Queue", shutdown=change)


@counterfeit("QUEUE25", "QUEUE28", where=VERSION >= (3, 13))
def every_shutdown_is_immediate():
    """shutdown() drops what is left."""
    patch(
        "queue.Queue", shutdown=lambda shutdown: lambda self, immediate=False: shutdown(self, True)
    )


@counterfeit("QUEUE25", where=VERSION >= (3, 13))
def no_shutdown_is_immediate():
    """shutdown(immediate=True) drops nothing."""
    patch("queue.Queue", shutdown=lambda shutdown: lambda self, immediate=False: shutdown(self))


@counterfeit("QUEUE29", where=VERSION >= (3, 13))
def an_immediate_shutdown_finishes_everything():
    """After shutdown(immediate=True) nothing is unfinished."""

    def change(shutdown):
        def finish(self, immediate=False):
            if immediate:
                self.unfinished_tasks = 0
            shutdown(self, immediate)

        return finish

    patch("queue.Queue", shutdown=change)


@counterfeit("QUEUE31")
def a_simple_queue_can_be_shut_down():
    """SimpleQueue has shutdown() too."""
    import queue

    queue.SimpleQueue = type("SimpleQueue", (queue.Queue,), {})


@counterfeit("QUEUE32", where=VERSION >= (3, 13))
def shut_down_is_a_kind_of_empty():
    """queue.ShutDown is a queue.Empty."""
    import queue

    queue.ShutDown = type("ShutDown", (queue.Empty,), {})
