"""multiprocessing.connection.wait: for several Connections, sockets and processes at a time.

Source: https://docs.python.org/3/library/multiprocessing.html#multiprocessing.connection.wait
"""

import socket
import sys
import time
from contextlib import ExitStack
from multiprocessing import Pipe
from multiprocessing.connection import wait

from tests.harness import GRACE, PATIENCE, applies, claim, joined, never


@claim("PI10")
def test_wait_returns_exactly_what_is_ready(background, evidence):
    """wait() returns exactly those Connections that have data or are at their end.

    [] after the timeout, which may be 0; without one it waits until something is ready.
    """
    with ExitStack() as stack:
        pairs = [Pipe(duplex=number % 2 == 0) for number in range(5)]
        for end in (end for pair in pairs for end in pair):
            stack.enter_context(end)
        readers = [reader for reader, _ in pairs]
        found = []
        for ready in ([], [3], [0, 2], [4, 1, 3], [0, 1, 2, 3, 4]):
            for number in ready:
                pairs[number][1].send(number)
            answer = wait(readers, 0 if not ready else PATIENCE)
            found.append(sorted(readers.index(reader) for reader in answer))
            assert sorted(reader.recv() for reader in answer) == sorted(ready)
        began = time.monotonic()
        found.append(wait(readers, timeout=GRACE / 5))
        waited = time.monotonic() - began
        waiting = background(wait, readers)
        blocked = never(lambda: waiting.finished, during=GRACE / 5)
        pairs[2][1].close()
        at_end = waiting.result()
        pairs[0][1].send("both")
        both = wait(iter(readers))
        nothing = wait([], 0), wait([], timeout=0.01)
        evidence(found=found, blocked=blocked)
    assert found == [[], [3], [0, 2], [1, 3, 4], [0, 1, 2, 3, 4], []]
    assert waited >= 0.18 * GRACE
    assert blocked
    assert at_end == [readers[2]]
    assert sorted(readers.index(reader) for reader in both) == [0, 2]
    assert nothing == ([], [])


def send_and_end(connection, report):
    report.hold("ready")
    connection.send("message")
    report.hold("sent")
    connection.close()


@claim("PI31")
def test_wait_takes_the_sentinel_of_a_process(ctx, reports, background, evidence):
    """wait() takes Process.sentinel beside Connections: it is ready when the process has ended."""
    reader, writer = ctx.Pipe(duplex=False)
    child = ctx.Process(target=send_and_end, args=(writer, reports.reporter))
    with reader:
        child.start()
        writer.close()
        sentinel = child.sentinel
        both = [reader, sentinel]
        told = [reports.next()]
        found = [background(wait, both, 0).result()]
        reports.release()
        told.append(reports.next())
        found += [wait(both, PATIENCE), background(reader.recv).result()]
        found.append(background(wait, both, 0).result())
        waiting = background(wait, [sentinel])
        blocked = never(lambda: waiting.finished, during=GRACE / 10)
        reports.release()
        ended = waiting.result()
        in_the_end = wait(both, PATIENCE)
        exit_codes = joined(child)
        evidence(found=found, blocked=blocked, ended=ended)
    assert told == ["ready", "sent"]
    assert found == [[], [reader], "message", []]
    assert blocked
    assert ended == [sentinel]
    assert exit_codes == [0]
    assert sorted(map(id, in_the_end)) == sorted(map(id, both))


@claim("PI32")
@applies(where=sys.platform != "win32", because="Windows: no numbers of descriptors there")
def test_wait_takes_sockets_and_descriptors(background, evidence):
    """wait() takes sockets and file descriptors as well, and returns the objects it was given."""
    near, far = socket.socketpair()
    reader, writer = Pipe(duplex=False)
    with near, far, reader, writer:
        objects = [near, reader.fileno()]
        found = [wait(objects, 0)]
        far.send(b"data")
        found.append(wait(objects, PATIENCE))
        writer.send_bytes(b"data")
        found += [wait(objects, PATIENCE), wait([reader.fileno()], PATIENCE)]
        number = reader.fileno()
        evidence(found=[len(answer) for answer in found])
    assert found[:2] == [[], [near]]
    assert found[1][0] is near
    assert sorted(map(str, found[2])) == sorted(map(str, [near, number]))
    assert found[3] == [number]
