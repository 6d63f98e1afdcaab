"""One-way channels with ``put`` and ``get``, and the workers at their other end."""

import contextlib
import queue
from functools import partial

from tests.costs.teams import CONTEXT
from tests.harness import joined
from tests.harness.interpreters import AVAILABLE, NOT_AVAILABLE, interpreters, new_interpreter

#: How many messages the shared memory can hold.
SLOTS = 4

#: Bytes of a slot that hold the length of its message.
_LENGTH = 8


class Pipe:
    """A ``multiprocessing.Pipe`` in one direction."""

    def __init__(self, context):
        self.reader, self.writer = context.Pipe(duplex=False)
        self.put, self.get = self.writer.send, self.reader.recv

    def __getstate__(self):
        return self.reader, self.writer

    def __setstate__(self, ends):
        self.reader, self.writer = ends
        self.put, self.get = self.writer.send, self.reader.recv

    def close(self):
        """Close both ends in this process."""
        self.reader.close()
        self.writer.close()


class SharedMemory:
    """A ring of slots in a ``multiprocessing.shared_memory``, guarded by two semaphores.

    A message is bytes, which are copied in and out: nothing is pickled.
    """

    def __init__(self, context, size):
        from multiprocessing.shared_memory import SharedMemory

        self.slot = size + _LENGTH
        self.memory = SharedMemory(create=True, size=SLOTS * self.slot)
        self.free, self.full = context.Semaphore(SLOTS), context.Semaphore(0)
        self.turn = 0

    def put(self, message):
        """Copy the message into the next slot as soon as that is free."""
        self.free.acquire()
        start = self._next() + _LENGTH
        self.memory.buf[start - _LENGTH : start] = len(message).to_bytes(_LENGTH, "little")
        self.memory.buf[start : start + len(message)] = message
        self.full.release()

    def get(self):
        """Wait for a message in the next slot, and return a copy of it."""
        self.full.acquire()
        start = self._next() + _LENGTH
        length = int.from_bytes(self.memory.buf[start - _LENGTH : start], "little")
        message = bytes(self.memory.buf[start : start + length])
        self.free.release()
        return message

    def _next(self):
        start = self.turn * self.slot
        self.turn = (self.turn + 1) % SLOTS
        return start

    def close(self):
        """Close and remove the shared memory."""
        self.memory.close()
        self.memory.unlink()


def echo(there, back):
    """Send every message back unchanged, until an empty one arrives."""
    while message := there.get():
        back.put(message)


def tally(there, back, count):
    """After every ``count`` messages send their total size back, until an empty one arrives."""
    messages = length = 0
    while message := there.get():
        messages += 1
        length += len(message)
        if messages == count:
            back.put(str(length).encode())
            messages = length = 0


@contextlib.contextmanager
def threads(make, background, size, function, *arguments):
    """Start a thread that runs the function on two channels, and yield these."""
    there, back = make(), make()
    task = background(function, there, back, *arguments)
    yield there, back
    there.put(b"")
    task.result()


@contextlib.contextmanager
def processes(make, background, size, function, *arguments):
    """Start a process that runs the function on two channels, and yield these."""
    there, back = make(), make()
    process = CONTEXT.Process(target=function, args=(there, back, *arguments), daemon=True)
    process.start()
    try:
        yield there, back
        there.put(b"")
        assert joined(process) == [0]
    finally:
        process.kill()
        process.join()
        for channel in (there, back):
            getattr(channel, "close", lambda: None)()
            getattr(channel, "join_thread", lambda: None)()


@contextlib.contextmanager
def managed(background, size, function, *arguments):
    """Start a process that runs the function on two queues of a manager, and yield these."""
    with (
        CONTEXT.Manager() as manager,
        processes(manager.Queue, background, size, function, *arguments) as ends,
    ):
        yield ends


def shared_memory(background, size, function, *arguments):
    """Start a process that runs the function on two shared memories, and yield these."""
    return processes(partial(SharedMemory, CONTEXT, size), background, size, function, *arguments)


@contextlib.contextmanager
def between_interpreters(background, size, function, *arguments):
    """Start an interpreter that runs the function on two queues, in a thread; yield the queues."""
    with new_interpreter() as one:
        there, back = interpreters.create_queue(), interpreters.create_queue()
        task = background(one.call, function, there, back, *arguments)
        yield there, back
        there.put(b"")
        task.result()


#: The size in bytes of each payload, by its name.
PAYLOADS = {"10 B": 10, "10 kB": 10_000, "1 MB": 1_000_000}

#: Make two channels of a kind and start the worker at their other end:
#: ``CHANNELS[name](background, size of a message, function, *arguments)``.
CHANNELS = {
    "queue.SimpleQueue": partial(threads, queue.SimpleQueue),
    "queue.Queue": partial(threads, queue.Queue),
    "interpreters.Queue": between_interpreters,
    "shared memory": shared_memory,
    "Pipe": partial(processes, partial(Pipe, CONTEXT)),
    "mp.SimpleQueue": partial(processes, CONTEXT.SimpleQueue),
    "mp.Queue": partial(processes, CONTEXT.Queue),
    "Manager().Queue": managed,
}


def not_applicable(channel):
    """Return why this interpreter has no such channel, or an empty text if it has."""
    return NOT_AVAILABLE if channel == "interpreters.Queue" and not AVAILABLE else ""
