"""Counterfeits for the claims of notes/test_5_queue.py."""

from .. import counterfeit
from ..multiprocessing.shared import patch_queues
from ..synchronizers.shared import wrap_locks


def _buffer(kind):
    """Make the writer's buffer of a multiprocessing Queue another kind of deque."""

    def change(reset):
        def _reset(self, *args, **kwargs):
            reset(self, *args, **kwargs)
            self._buffer = kind()

        return _reset

    patch_queues("Queue", _reset=change)


@counterfeit("5.02")
def queues_deliver_the_last_item_first():
    """A Queue is a stack: what was put last and is still in the writer goes first."""
    from collections import deque
    from multiprocessing import queues

    class Stack(deque):
        def append(self, item):
            end = item is queues._sentinel
            super().append(item) if end else super().appendleft(item)

    _buffer(Stack)


@counterfeit("5.02")
def queues_deliver_the_smallest_item_first():
    """A Queue is sorted: what is smallest of what the writer still has goes first."""
    from collections import deque
    from multiprocessing import queues

    class Sorted(deque):
        def append(self, item):
            super().append(item)
            items = [one for one in self if one is not queues._sentinel]
            ends = [one for one in self if one is queues._sentinel]
            items.sort(key=repr)
            self.clear()
            self.extend(items + ends)

    _buffer(Sorted)


@counterfeit("5.02")
def queues_swap_two_neighbours():
    """Now and then a large item is overtaken by the next one."""
    from collections import deque
    from multiprocessing import queues

    class Overtaking(deque):
        def append(self, item):
            if len(self) > 100 and len(self) % 7 == 0 and item is not queues._sentinel:
                self.insert(len(self) - 1, item)
            else:
                super().append(item)

    _buffer(Overtaking)


@counterfeit("5.02")
def queues_deliver_an_item_twice():
    """Every fiftieth item is put twice."""

    def change(put):
        def twice(self, *args, **kwargs):
            self.count = getattr(self, "count", 0) + 1
            for _ in range(2 if self.count % 50 == 0 else 1):
                put(self, *args, **kwargs)

        return twice

    patch_queues("Queue", put=change)


@counterfeit("5.02")
def queues_deliver_no_item_twice():
    """An item that equals one put before is dropped."""

    def change(put):
        def once(self, item, *args, **kwargs):
            seen = vars(self).setdefault("seen", [])
            if item not in seen:
                seen.append(item)
                put(self, item, *args, **kwargs)

        return once

    patch_queues("Queue", put=change)


@counterfeit("5.01", "5.02", "5.07")
def queues_lose_every_fifth_item():
    """Every fifth item that a process puts is lost."""

    def change(put):
        def lose(self, *args, **kwargs):
            self.count = getattr(self, "count", 0) + 1
            if self.count % 5:
                put(self, *args, **kwargs)

        return lose

    patch_queues("Queue", put=change)


@counterfeit("5.01", "5.02", "5.10")
def queues_lose_what_a_child_puts():
    """What a child process puts stays with the child."""

    def change(put):
        def stay(self, *args, **kwargs):
            from multiprocessing import parent_process

            if parent_process() is None:
                put(self, *args, **kwargs)

        return stay

    patch_queues("Queue", put=change)


@counterfeit("5.03")
def printing_never_flushes():
    """print(flush=True) leaves the line in the buffer until the process ends."""
    import builtins
    import functools

    original = builtins.print

    @functools.wraps(original)
    def lazy(*values, flush=False, **options):
        original(*values, **options)

    builtins.print = lazy


@counterfeit("5.04")
def queues_hold_one_item():
    """A Queue takes the next item only after the last one has been got: it makes lock-step."""

    def change(init):
        def one(self, maxsize=0, **options):
            init(self, 1, **options)

        return one

    patch_queues("Queue", __init__=change)


@counterfeit("5.05")
def joining_a_queue_does_not_wait():
    """JoinableQueue.join() returns at once, whatever is unfinished."""
    from multiprocessing import queues

    queues.JoinableQueue.join = lambda self: None


@counterfeit("5.05")
def joining_a_queue_waits_for_the_get_only():
    """JoinableQueue counts an item as done when it has been got."""
    from multiprocessing import queues

    get = queues.Queue.get

    def finished(self, *args, **kwargs):
        item = get(self, *args, **kwargs)
        done(self)
        return item

    done = queues.JoinableQueue.task_done
    queues.JoinableQueue.get = finished
    queues.JoinableQueue.task_done = lambda self: None


@counterfeit("5.06", "5.08")
def getting_never_waits():
    """Queue.get() raises Empty at once, blocking or not."""
    patch_queues("Queue", get=lambda get: lambda self, block=True, timeout=None: get(self, False))


@counterfeit("5.06")
def getting_ignores_its_timeout():
    """Queue.get() with a timeout waits for ever."""
    patch_queues("Queue", get=lambda get: lambda self, block=True, timeout=None: get(self, block))


@counterfeit("5.06")
def getting_with_a_timeout_never_waits():
    """Queue.get() with a timeout does not wait, and so raises Empty too early."""
    patch_queues(
        "Queue",
        get=lambda get: lambda self, block=True, timeout=None: get(self, block and timeout is None),
    )


@counterfeit("5.06")
def getting_from_an_empty_queue_gives_none():
    """Queue.get() returns None where it should raise Empty."""
    from queue import Empty

    def change(get):
        def none(self, *args, **kwargs):
            try:
                return get(self, *args, **kwargs)
            except Empty:
                return None

        return none

    patch_queues("Queue", get=change)


@counterfeit("5.08")
def a_reader_gives_up_in_the_end():
    """A blocking get() raises Empty after a while."""

    def change(get):
        def impatient(self, block=True, timeout=None):
            return get(self, block, 0.02 if timeout is None else timeout)

        return impatient

    patch_queues("Queue", get=change)


@counterfeit("5.08")
def terminating_sends_no_signal():
    """terminate() asks nobody to end."""
    from multiprocessing import process

    process.BaseProcess.terminate = lambda self: None


@counterfeit("5.09")
def terminating_marks_an_ended_process():
    """terminate() gives even a process that has ended the exit code of a terminated one."""
    from multiprocessing import process

    terminate = process.BaseProcess.terminate

    def mark(self):
        terminate(self)
        self.join()
        self._popen.returncode = -15

    process.BaseProcess.terminate = mark


@counterfeit("5.10")
def nobody_waits_for_an_unjoined_child():
    """A program ends without waiting for the children that it has not joined."""
    from multiprocessing import util

    info, debug, run_finalizers, _, current_process = util._exit_function.__defaults__
    util._exit_function.__defaults__ = (info, debug, run_finalizers, list, current_process)


@counterfeit("5.10")
def an_unjoined_child_ends_badly():
    """The exit code of a process that has not been joined is 1."""
    from multiprocessing import process

    join, exitcode = process.BaseProcess.join, process.BaseProcess.exitcode.fget

    def remember(self, timeout=None):
        self._joined = True
        join(self, timeout)

    def unlucky(self):
        code = exitcode(self)
        return 1 if code == 0 and not hasattr(self, "_joined") else code

    process.BaseProcess.join = remember
    process.BaseProcess.exitcode = property(unlucky)


@counterfeit("5.11")
def ordinary_queues_can_be_pickled():
    """queue.Queue can be pickled: an empty one arrives."""
    import queue

    queue.Queue.__reduce__ = lambda self: (queue.Queue, (self.maxsize,))


@counterfeit("5.11")
def a_managers_queue_is_a_copy():
    """What a child puts into a Manager's queue does not reach the Manager."""
    from multiprocessing import managers, parent_process

    call = managers.BaseProxy._callmethod

    def keep(self, name, args=(), kwds={}):  # noqa: B006
        if name == "put" and parent_process() is not None:
            return None
        return call(self, name, args, kwds)

    managers.BaseProxy._callmethod = keep


@counterfeit("5.12", "7.06")
def shared_values_are_never_written():
    """Assigning to the value of a multiprocessing Value changes nothing."""
    from multiprocessing import sharedctypes

    value = sharedctypes.Synchronized.value
    sharedctypes.Synchronized.value = property(value.fget, lambda self, new: None)


@counterfeit("5.12", "7.06")
def a_managers_list_is_a_copy():
    """What is written to a Manager's list does not reach the Manager."""
    from multiprocessing import managers

    managers.ListProxy.append = lambda self, item: None
    managers.ListProxy.__setitem__ = lambda self, index, item: None


@counterfeit("5.12")
def an_event_is_set_in_its_process_only():
    """multiprocessing's Event.set() is not seen by other processes."""
    from multiprocessing import synchronize

    synchronize.Event.set = lambda self: None


@counterfeit("5.12")
def a_semaphore_is_released_in_its_process_only():
    """Releasing a multiprocessing Semaphore in a child does not let the parent in."""
    from multiprocessing import parent_process

    wrap_locks(
        "Semaphore", release=lambda lock, release: lambda: None if parent_process() else release()
    )


@counterfeit("5.12")
def a_pipe_delivers_none():
    """What is sent through one end of a Pipe arrives as None at the first end."""
    from multiprocessing import context

    make = context.BaseContext.Pipe

    def Pipe(self, *args, **kwargs):
        first, second = make(self, *args, **kwargs)
        recv = first.recv

        def receive_none():
            recv()

        first.recv = receive_none
        return first, second

    context.BaseContext.Pipe = Pipe


@counterfeit("5.12")
def a_listener_delivers_none():
    """What a Client sends arrives as None at the connection that accept() returned."""
    from multiprocessing import connection, parent_process

    accept = connection.Listener.accept

    def accept_deaf(self):
        accepted = accept(self)
        if parent_process() is None:
            recv = accepted.recv

            def receive_none():
                recv()

            accepted.recv = receive_none
        return accepted

    connection.Listener.accept = accept_deaf


@counterfeit("5.12", "7.06")
def shared_memory_is_copied():
    """In a child process, the buffer of a SharedMemory is a copy."""
    from multiprocessing import parent_process, shared_memory

    buf = shared_memory.SharedMemory.buf.fget

    def copied(self):
        shared = buf(self)
        return shared if parent_process() is None else memoryview(bytearray(shared))

    shared_memory.SharedMemory.buf = property(copied)


def open_to_all(lock, acquire):
    """Return an acquire() that is True in every process."""
    return lambda block=True, timeout=None: acquire(block, timeout) or True


@counterfeit("5.12")
def an_rlock_excludes_nobody():
    """acquire() of a multiprocessing RLock is True in every process."""
    wrap_locks("RLock", acquire=open_to_all)


@counterfeit("5.12")
def a_lock_excludes_nobody():
    """acquire() of a multiprocessing Lock is True in every process."""
    wrap_locks("Lock", acquire=open_to_all)


@counterfeit("5.12")
def notifying_wakes_nobody():
    """Condition.notify() of multiprocessing does nothing."""
    from multiprocessing import synchronize

    synchronize.Condition.notify = lambda self, n=1: None
