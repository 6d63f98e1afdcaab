"""Counterfeits for the claims of library/multiprocessing/test_joinable_queue.py."""

from .. import counterfeit
from .shared import instead, patch_queues


@counterfeit("MPQUEUE01", "MPQUEUE02", "MPQUEUE04", "QUEUE10")
def joining_tasks_does_not_wait():
    """JoinableQueue.join() returns at once."""
    patch_queues("JoinableQueue", **instead(join=lambda self: None))


@counterfeit("MPQUEUE02", "MPQUEUE03", "QUEUE10")
def a_task_is_done_when_it_is_got():
    """JoinableQueue.get() counts as task_done()."""
    from multiprocessing import queues

    get = queues.Queue.get

    def finish(self, *args, **kwargs):
        item = get(self, *args, **kwargs)
        self.task_done()
        return item

    queues.JoinableQueue.get = finish


@counterfeit("MPQUEUE01", "MPQUEUE03")
def tasks_may_be_done_too_often():
    """task_done() may be called as often as one likes."""

    def change(done):
        def lenient(self):
            try:
                done(self)
            except ValueError:
                return

        return lenient

    patch_queues("JoinableQueue", task_done=change)


@counterfeit("MPQUEUE01")
def only_one_joiner_is_woken():
    """The last task_done() wakes one of those who wait in join()."""

    def change(done):
        def wake_one(self):
            with self._cond:
                notify_all = self._cond.notify_all
                self._cond.notify_all = self._cond.notify
                try:
                    done(self)
                finally:
                    self._cond.notify_all = notify_all

        return wake_one

    patch_queues("JoinableQueue", task_done=change)


@counterfeit("MPQUEUE03")
def a_refused_put_counts_as_a_task():
    """A put() that raises Full leaves an unfinished task behind."""
    import queue

    def change(put):
        def count(self, *args, **kwargs):
            try:
                put(self, *args, **kwargs)
            except queue.Full:
                self._unfinished_tasks.release()
                raise

        return count

    patch_queues("JoinableQueue", put=change)


@counterfeit("MPQUEUE04")
def a_dropped_item_is_a_finished_task():
    """The feeder calls task_done() for an item that it drops."""
    import traceback
    from multiprocessing import queues

    def finish(self, error, obj):
        traceback.print_exc()
        self.task_done()

    queues.JoinableQueue._on_queue_feeder_error = finish
