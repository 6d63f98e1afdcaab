"""multiprocessing.connection.wait: for several Connections, sockets and processes at a time.

Source: https://docs.python.org/3/library/multiprocessing.html#multiprocessing.connection.wait
"""

import socket
from contextlib import ExitStack, contextmanager
from multiprocessing import Pipe
from multiprocessing.connection import wait

from tests.harness import GRACE, PATIENCE, POSIX, applies, cases, claim, joined, never


@contextmanager
def five_pipes():
    """Yield the readers and the writers of five pipes."""
    with ExitStack() as stack:
        pairs = [Pipe(duplex=number % 2 == 0) for number in range(5)]
        for end in (end for pair in pairs for end in pair):
            stack.enter_context(end)
        yield [reader for reader, _ in pairs], [writer for _, writer in pairs]


@claim("PIPE01")
@cases(ready=([3], [0, 2], [1, 3, 4], [0, 1, 2, 3, 4]))
def test_wait_returns_exactly_what_is_ready(ready, evidence):
    """wait() returns exactly those Connections that have data or are at their end.

    So one thread can read from several pipes at once.  [] after the timeout, which may be 0;
    without one it waits until something is ready.
    """
    with five_pipes() as (readers, writers):
        for number in ready:
            writers[number].send(number)
        answer = wait(readers, PATIENCE)
        assert evidence(found=sorted(readers.index(reader) for reader in answer)) == ready
        assert sorted(reader.recv() for reader in answer) == ready
        assert wait(readers, 0) == []


@claim("PIPE01")
def test_wait_returns_nothing_after_its_timeout(evidence):
    """wait() returns [] after its timeout, also if it has been given nothing to wait for.

    Without a timeout wait([]) blocks for ever (on Windows before 3.15 it returns at once).
    """
    with five_pipes() as (readers, _):
        answers = wait(readers, 0), wait(iter(readers), timeout=GRACE / 5), wait([], timeout=0.01)
    assert evidence(answers=answers) == ([], [], [])


@claim("PIPE01")
def test_wait_without_a_timeout_waits_until_something_is_ready(background, evidence):
    """wait() without a timeout waits until something is ready; a Connection at its end is ready."""
    with five_pipes() as (readers, writers):
        waiting = background(wait, readers)
        blocks = never(lambda: waiting.finished, during=GRACE / 5)
        writers[2].close()
        assert evidence(blocks=blocks, at_end=waiting.result()) == (True, [readers[2]])


def send_and_end(connection, report):
    report.hold("ready")
    connection.send("message")
    report.hold("sent")
    connection.close()


@claim("PIPE02")
def test_wait_takes_the_sentinel_of_a_process(ctx, reports, background, evidence):
    """wait() takes Process.sentinel beside Connections: it is ready when the process has ended."""
    reader, writer = ctx.Pipe(duplex=False)
    child = ctx.Process(target=send_and_end, args=(writer, reports.reporter))
    with reader:
        child.start()
        writer.close()
        both = [reader, child.sentinel]
        assert reports.next() == "ready"
        at_first = background(wait, both, 0).result()
        reports.release()
        assert reports.next() == "sent"
        assert evidence(at_first=at_first, then=wait(both, PATIENCE)) == ([], [reader])
        reader.recv()
        waiting = background(wait, [child.sentinel])
        blocks = never(lambda: waiting.finished, during=GRACE / 10)
        reports.release()
        assert evidence(blocks=blocks, ended=waiting.result()) == (True, [child.sentinel])
        assert joined(child) == [0]


@claim("PIPE03")
def test_wait_takes_sockets_beside_connections(evidence):
    """wait() takes sockets and file descriptors as well, and returns the objects it was given."""
    near, far = socket.socketpair()
    with near, far:
        at_first = wait([near], 0)
        far.send(b"data")
        assert evidence(at_first=at_first, then=wait([near], PATIENCE)) == ([], [near])


@claim("PIPE03")
@applies(where=POSIX, because="Windows: wait() takes handles of what can be waited for instead")
def test_wait_takes_descriptors_beside_sockets(evidence):
    """wait() takes file descriptors beside sockets."""
    near, far = socket.socketpair()
    reader, writer = Pipe(duplex=False)
    with near, far, reader, writer:
        objects = [near, reader.fileno()]
        at_first = wait(objects, 0)
        far.send(b"data")
        of_the_socket = wait(objects, PATIENCE)
        writer.send_bytes(b"data")
        assert evidence(at_first=at_first, socket=of_the_socket) == ([], [near])
        assert evidence(both=sorted(map(str, wait(objects, PATIENCE)))) == sorted(map(str, objects))
        assert wait([reader.fileno()], PATIENCE) == [reader.fileno()]
