"""multiprocessing.Pipe and the Connections at its two ends.

Source: https://docs.python.org/3/library/multiprocessing.html#multiprocessing.Pipe
and https://docs.python.org/3/library/multiprocessing.html#connection-objects
"""

import array
import os
import pickle
import sys
import time
from multiprocessing import BufferTooShort, Pipe
from pickle import PicklingError

from tests.harness import (
    GRACE,
    PATIENCE,
    PYPY,
    applies,
    before,
    claim,
    control,
    joined,
    never,
    outcome,
    refuted,
    since,
)

#: Sixteen times what a pipe holds (64 KiB on Linux).
LARGE = "large" * 200_000

posix_only = applies(
    where=sys.platform != "win32",
    because="Windows: other errors, and no descriptors",
)


def failure(function, *arguments, **keywords):
    """Return the type of the exception that the call raises (or of what it returns).

    The exception itself may not stay, see PI21.
    """
    return type(outcome(function, *arguments, **keywords))


@claim("PI01")
def test_a_pipe_is_duplex_unless_told_otherwise(background, evidence):
    """Pipe() goes both ways; Pipe(False) is (reader, writer), and the wrong direction OSError."""
    left, right = Pipe()
    with left, right:
        left.send("to the right")
        right.send("to the left")
        crossed = left.recv(), right.recv()
        both = [(end.readable, end.writable) for end in (left, right)]
    evidence(crossed=crossed, readable_and_writable=both)
    assert crossed == ("to the left", "to the right")
    assert both == [(True, True)] * 2
    for reader, writer in (Pipe(False), Pipe(duplex=False)):
        with reader, writer:
            writer.send("to the reader")
            got = reader.recv()
            wrong = [
                failure(reader.send, "back"),
                failure(reader.send_bytes, b"back"),
                failure(writer.recv),
                failure(writer.recv_bytes),
                failure(writer.recv_bytes_into, bytearray(9)),
                failure(writer.poll),
            ]
            simplex = [(end.readable, end.writable) for end in (reader, writer)]
        evidence(wrong_direction=wrong)
        assert got == "to the reader"
        assert wrong == [OSError] * 6
        assert simplex == [(True, False), (False, True)]


@claim("PI02")
@posix_only
def test_recv_after_the_peer_has_closed_is_eoferror(background, evidence):
    """After the peer has closed, recv() gives what is left and then EOFError; send() BrokenPipe."""
    for duplex in (True, False):
        reader, writer = Pipe(duplex)
        with reader:
            writer.send("first")
            writer.send_bytes(b"last")
            writer.close()
            left = [reader.recv(), reader.recv_bytes()]
            ends = [
                failure(reader.recv),
                failure(reader.recv_bytes),
                failure(reader.recv_bytes_into, bytearray(9)),
                failure(reader.recv),
            ]
        reader, writer = Pipe(duplex)
        with writer:
            reader.close()
            broken = [failure(writer.send, "nobody"), failure(writer.send_bytes, b"nobody")]
        evidence(duplex=duplex, left=left, then=ends, send=broken)
        assert left == ["first", b"last"]
        assert ends == [EOFError] * 4
        assert broken == [BrokenPipeError] * 2


def close_when_told(connection, report):
    report.hold("ready")
    connection.close()
    report.hold("closed")


@claim("PI03")
def test_eof_needs_every_copy_to_be_closed(ctx, reports, background, evidence):
    """EOF comes when every copy of the writing end is closed, the parent's own one too.

    One would expect EOFError when the child, the only one that writes, has closed its end.  The
    parent's copy still counts: recv() waits for ever.  Instead: close the child's end in the
    parent as soon as the child is started.
    """
    reader, writer = ctx.Pipe(duplex=False)
    with reader:
        child = ctx.Process(target=close_when_told, args=(writer, reports.reporter))
        child.start()
        told = [reports.next()]
        reports.release()
        told.append(reports.next())
        too_early = reader.poll(GRACE / 10)
        reports.release()
        exit_codes = joined(child)
        still_open = reader.poll(GRACE / 10)
        writer.close()
        at_last = reader.poll(PATIENCE), background(failure, reader.recv).result()
    evidence(eof_once_the_child_closed=too_early, it_ended=still_open, parent_closed=at_last)
    assert told == ["ready", "closed"]
    assert exit_codes == [0]
    assert (too_early, still_open) == (False, False)
    assert at_last == (True, EOFError)


@claim("PI04")
def test_a_message_arrives_whole_or_not_at_all(background, evidence):
    """Messages keep their boundaries; one that is too long is an error, and never cut off.

    recv_bytes(maxlength) raises OSError "bad message length" and shuts the connection;
    recv_bytes_into() a buffer that is too small raises BufferTooShort, which has the message in
    args[0], and the connection goes on.
    """
    messages = [b"", b"abc", b"d" * 16_384, b"e" * 16_385, b"f", b""]
    reader, writer = Pipe(duplex=False)
    with reader, writer:
        got = []
        for message in messages:
            writer.send_bytes(message)
        for message in messages:
            got.append(reader.recv_bytes(len(message)))
        for message in (b"12345", b"next", b"4444"):
            writer.send_bytes(message)
        small = bytearray(b"----")
        too_short = outcome(reader.recv_bytes_into, small)
        goes_on = reader.recv_bytes(), reader.recv_bytes(maxlength=4)
        writer.send_bytes(b"12345")
        too_long = failure(reader.recv_bytes, 4)
        afterwards = reader.closed, failure(reader.recv_bytes), failure(reader.poll)
    evidence(too_short=too_short, too_long=too_long, afterwards=afterwards)
    assert got == messages
    assert type(too_short) is BufferTooShort
    assert (too_short.args, small, goes_on) == ((b"12345",), b"----", (b"next", b"4444"))
    assert (too_long, afterwards) == (OSError, (True, OSError, OSError))


@claim("PI05")
def test_poll_is_true_for_data_and_for_eof(background, evidence):
    """poll() is False for an empty pipe, True for one with data or at its end; OSError if closed.

    A closed Connection refuses everything with OSError "handle is closed".
    """
    reader, writer = Pipe(duplex=False)
    polls = [reader.poll(), reader.poll(0)]
    writer.send("one")
    writer.send(None)
    polls += [reader.poll(), reader.poll(0), reader.poll(PATIENCE), reader.poll(None)]
    got = [reader.recv(), reader.poll(), reader.recv(), reader.poll()]
    writer.close()
    polls += [reader.poll(PATIENCE), reader.poll(), failure(reader.recv), reader.poll()]
    reader.close()
    refusals = [
        failure(reader.poll),
        failure(reader.recv),
        failure(reader.recv_bytes),
        failure(reader.recv_bytes_into, bytearray(9)),
        failure(reader.fileno),
        failure(writer.send, 1),
        failure(writer.send_bytes, b"1"),
        failure(writer.fileno),
    ]
    evidence(polls=polls, closed=refusals)
    assert polls == [False] * 2 + [True] * 4 + [True, True, EOFError, True]
    assert got == ["one", True, None, False]
    assert refusals == [OSError] * 8


def use_received_connection(connection):
    with connection.recv() as received:
        received.send(["by the passed connection", received.recv()])


@claim("PI06")
def test_a_connection_can_be_sent_through_a_connection(ctx, background, evidence):
    """A Connection can be sent through a Connection, and is a working copy in the other process.

    The sender's own copy stays open, and must be closed as any other.  A thread of the sender
    hands out the descriptor, so that it must live until the receiver has it.
    """
    from multiprocessing import resource_sharer

    mine, childs = ctx.Pipe()
    near, far = ctx.Pipe()
    child = ctx.Process(target=use_received_connection, args=(childs,))
    with mine, childs, near, far:
        child.start()
        try:
            mine.send(far)
            near.send("there")
            got = background(near.recv).result()
            exit_codes = joined(child)
            open_here = not far.closed and far.writable
        finally:
            resource_sharer.stop(PATIENCE)
    evidence(got=got)
    assert got == ["by the passed connection", "there"]
    assert exit_codes == [0]
    assert open_here


def pickle_a_connection():
    """Return what a pickled copy of a Connection is worth (in a fresh interpreter)."""
    near, far = Pipe()
    copy = pickle.loads(pickle.dumps(near))
    same_number = copy.fileno() == near.fileno()
    copy.send("by the copy")
    got = far.recv()
    copy.close()
    after = failure(near.send, "by the original").__name__, near.closed
    failure(near.close)
    return same_number, got, *after


@claim("PI07")
@posix_only
def test_a_pickled_connection_is_a_mere_number(programs, evidence):
    """pickle.dumps(Connection) is accepted, but keeps only the number of the descriptor.

    One would expect an error, or a copy.  In another process the number means another file, or
    none ("OSError: [Errno 9] Bad file descriptor"); in this one closing, or forgetting, the copy
    closes the original.  Instead: pass Connections by Process(args=...), or send() them.
    """
    same_number, got, refusal, closed = programs.call(pickle_a_connection)
    evidence(same_number=same_number, got=got, original_after_the_copy_is_closed=refusal)
    assert same_number is True
    assert got == "by the copy"
    assert (refusal, closed) == ("OSError", False)


@claim("PI11")
@refuted(
    where=before("3.14.0") and not PYPY,
    because="CPython before 3.14: AttributeError for a local function or lambda (gh-122311)",
)
def test_send_of_a_lambda_raises_pickling_error(background, evidence):
    """send() of a lambda raises pickle.PicklingError and leaves the channel usable.

    It is usable in any case.  But "except PicklingError" misses what CPython up to 3.13 raises
    for a function made in a function: AttributeError "Can't get local object ..." (3.14,
    "Porting to Python 3.14").  Instead: catch both, or send what a module has at its top level.
    """
    near, far = Pipe()
    with near, far:
        refusal = outcome(near.send, lambda: None)
        nothing = far.poll()
        near.send(3)
        got = far.recv()
    evidence(refusal=refusal, then=got)
    control((nothing, got) == (False, 3), f"the channel should be empty, and usable: {got!r}")
    control(
        type(refusal) is AttributeError or isinstance(refusal, PicklingError),
        f"send() should refuse it: {refusal!r}",
    )
    assert isinstance(refusal, PicklingError), repr(refusal)


@claim("PI12")
def test_with_closes_a_connection(background, evidence):
    """A Connection is a context manager: with gives itself and closes it, after an exception too.

    close() may be repeated.
    """
    near, far = Pipe()
    before = near.closed, far.closed
    with near as entered:
        inside = entered is near, near.closed
    raised = None
    try:
        with far:
            raise KeyError("inside")
    except KeyError as error:
        raised = error.args
    after = near.closed, far.closed
    again = near.close(), far.close()
    evidence(before=before, inside=inside, after=after)
    assert before == (False, False)
    assert inside == (True, False)
    assert after == (True, True)
    assert raised == ("inside",)
    assert again == (None, None)


@claim("PI13")
@refuted(
    where=sys.platform == "linux",
    because="Linux: closing a socket that has unread data resets it, and Pipe() is a socket pair",
)
@posix_only
def test_a_peer_that_closes_unread_gives_eoferror(background, evidence):
    """When the peer closes its end of Pipe() without reading all, recv() raises EOFError.

    "except EOFError" is what one writes.  On Linux the first recv() raises ConnectionResetError
    "[Errno 104] Connection reset by peer" (an OSError), and only the next EOFError.  With
    Pipe(duplex=False), which is a pipe and no pair of sockets, it does not occur.  Instead:
    except (EOFError, ConnectionResetError).
    """
    near, far = Pipe()
    with near:
        far.send("left")
        near.send("unread")
        far.close()
        got = near.recv(), failure(near.recv), failure(near.recv)
    evidence(got=got)
    control(got[0] == "left", f"what was sent before should arrive: {got!r}")
    control(got[1] in (EOFError, ConnectionResetError) and got[2] is EOFError, f"got {got!r}")
    assert got[1] is EOFError


@claim("PI14")
@refuted(
    start_method="fork",
    because="POSIX fork() copies every descriptor into the child, the writing end of a pipe too",
)
def test_a_child_keeps_no_pipe_that_it_was_not_given(
    ctx, start_method, reports, background, evidence
):
    """A child process does not keep open a pipe that it was not given: EOF comes in spite of it.

    Under fork every child has a copy of every pipe that is open in its parent, so that recv()
    elsewhere gets no EOFError before all later children have ended, and hangs.  spawn and
    forkserver children have only what is passed to them.  Instead: another start method than
    fork, or a message that says that it is over.
    """
    reader, writer = ctx.Pipe(duplex=False)
    child = ctx.Process(target=reports.reporter.hold, args=("ready",))
    with reader:
        child.start()
        told = reports.next()
        writer.close()
        while_it_lives = reader.poll(GRACE / 3 if start_method == "fork" else PATIENCE)
        reports.release()
        exit_codes = joined(child)
        at_last = reader.poll(PATIENCE), background(failure, reader.recv).result()
    evidence(eof_while_the_child_lives=while_it_lives, after_its_end=at_last)
    control((told, exit_codes) == ("ready", [0]), f"{told!r}, {exit_codes!r}")
    control(at_last == (True, EOFError), f"EOF should come in the end: {at_last!r}")
    assert while_it_lives


@claim("PI15")
def test_send_bytes_sends_the_part_that_is_named(background, evidence):
    """send_bytes(buffer, offset, size) sends that part; one outside of the buffer is ValueError."""
    reader, writer = Pipe(duplex=False)
    letters = b"abcdefgh"
    parts = [(), (3,), (2, 4), (8,), (5, 0), (0, 8), (7, 1)]
    outside = [(9,), (-1,), (2, 7), (0, -1), (8, 1)]
    with reader, writer:
        got = []
        for part in parts:
            writer.send_bytes(letters, *part)
            got.append(reader.recv_bytes())
        writer.send_bytes(bytearray(b"key"), offset=1, size=1)
        writer.send_bytes(memoryview(b"view"))
        writer.send_bytes(array.array("B", [1, 2, 3]))
        got += [reader.recv_bytes() for _ in range(3)]
        refusals = [failure(writer.send_bytes, letters, *part) for part in outside]
        text = failure(writer.send_bytes, "text")
        nothing = reader.poll()
    evidence(got=got, outside=refusals, text=text)
    assert got[:7] == [letters, b"defgh", b"cdef", b"", b"", letters, b"h"]
    assert got[7:] == [b"e", b"view", b"\x01\x02\x03"]
    assert refusals == [ValueError] * 5
    assert text is TypeError
    assert nothing is False


@claim("PI16")
def test_recv_bytes_into_fills_a_buffer_from_an_offset(background, evidence):
    """recv_bytes_into(buffer, offset) writes the message there and returns its length."""
    reader, writer = Pipe(duplex=False)
    with reader, writer:
        filled = []
        for offset in (0, 3, 5):
            buffer = bytearray(b"--------")
            writer.send_bytes(b"abc")
            filled.append((reader.recv_bytes_into(buffer, offset), bytes(buffer)))
        integers = array.array("i", [0, 0, 0, 0])
        writer.send_bytes(array.array("i", [7, 8]))
        filled.append((reader.recv_bytes_into(integers, integers.itemsize), integers.tolist()))
        writer.send_bytes(b"abc")
        untouched = bytearray(b"--------")
        refusals = [
            failure(reader.recv_bytes_into, untouched, offset=-1),
            failure(reader.recv_bytes_into, untouched, offset=9),
        ]
        too_short = outcome(reader.recv_bytes_into, untouched, 6)
    evidence(filled=filled, refusals=refusals, too_short=too_short)
    assert filled[:3] == [(3, b"abc-----"), (3, b"---abc--"), (3, b"-----abc")]
    assert filled[3] == (2 * integers.itemsize, [0, 7, 8, 0])
    assert refusals == [ValueError, ValueError]
    assert (type(too_short), too_short.args) == (BufferTooShort, (b"abc",))
    assert untouched == b"--------"


def echo(connection):
    with connection:
        while (item := connection.recv()) is not None:
            connection.send(item)
        connection.send_bytes(connection.recv_bytes() * 2)


def send_each(connection, items):
    for item in items:
        connection.send(item)


@claim("PI17")
def test_objects_cross_a_pipe_in_order_and_intact(ctx, background, evidence):
    """What two processes send each other through a Pipe arrives intact and in order."""
    sent = [0, False, "", [1, [2, (3,)]], {"k": {4, 5}}, b"\0", LARGE, 1.5, "x" * 17_000, -1, 0]
    near, far = ctx.Pipe()
    child = ctx.Process(target=echo, args=(far,))
    with near:
        child.start()
        far.close()
        sending = background(send_each, near, [*sent, None])
        got = background(lambda: [near.recv() for _ in sent]).result()
        sending.result()
        near.send_bytes(b"bytes")
        raw = background(near.recv_bytes).result()
        exit_codes = joined(child)
        end = background(failure, near.recv).result()
    evidence(items=len(got), bytes=raw, then=end)
    assert [(type(item), item) for item in got] == [(type(item), item) for item in sent]
    assert raw == b"bytesbytes"
    assert exit_codes == [0]
    assert end is EOFError


@claim("PI18")
def test_poll_waits_for_its_timeout(background, evidence):
    """poll(timeout) waits that long before it is False; data or EOF ends it, and poll(None)."""
    reader, writer = Pipe(duplex=False)
    with reader, writer:
        began = time.monotonic()
        nothing = reader.poll(GRACE / 5)
        waited = time.monotonic() - began
        polling = [background(reader.poll, PATIENCE), background(reader.poll, None)]
        blocked = never(lambda: any(task.finished for task in polling), during=GRACE / 3)
        writer.send("data")
        answers = [task.result() for task in polling]
        got = reader.recv()
        until_eof = background(reader.poll, None)
        blocked_again = never(lambda: until_eof.finished, during=GRACE / 10)
        writer.close()
        answers.append(until_eof.result())
    evidence(nothing=nothing, blocked=blocked, answers=answers)
    assert nothing is False
    assert waited >= 0.18 * GRACE
    assert blocked
    assert blocked_again
    assert answers == [True, True, True]
    assert got == "data"


@claim("PI19")
@posix_only
def test_fileno_is_the_descriptor_that_close_closes(background, evidence):
    """fileno() is the descriptor that a Connection writes to and reads from, and close() closes."""
    near, far = Pipe()
    with far:
        numbers = near.fileno(), far.fileno()
        os.write(numbers[0], b"\0\0\0\3raw")  # the length, in network order, and the message
        raw = far.recv_bytes()
        near.close()
        ended = failure(far.recv)
        end = os.read(far.fileno(), 1)
    evidence(numbers=numbers, raw=raw, ended=ended)
    assert [type(number) for number in numbers] == [int, int]
    assert len({*numbers}) == 2
    assert raw == b"raw"
    assert ended is EOFError
    assert end == b""


@claim("PI20")
def test_recv_blocks_until_a_message_is_whole(background, evidence):
    """recv() waits until something is sent, and send() of much until the other end reads it.

    A Pipe has no buffer but the system's: two processes that both send much before they read
    wait for each other for ever.
    """
    near, far = Pipe()
    with near, far:
        receiving = background(near.recv)
        waits = [never(lambda: receiving.finished, during=GRACE / 5)]
        far.send("at last")
        got = [receiving.result()]
        sending = [background(near.send, LARGE), background(far.send, LARGE)]
        waits.append(never(lambda: any(task.finished for task in sending), during=GRACE / 3))
        receivers = [background(near.recv), background(far.recv)]
        got += [task.result() == LARGE for task in receivers]
        sent = [task.result() for task in sending]
    evidence(waits=waits, got=got)
    assert waits == [True, True]
    assert got == ["at last", True, True]
    assert sent == [None, None]


#: An exception in a cycle, as every one is that a local variable of its own frames holds.
KEEPING = """
import gc
from multiprocessing import Pipe

def send_to_nobody():
    reader, writer = Pipe(duplex=False)
    reader.close()
    try:
        writer.send("item")
    except BrokenPipeError as error:
        kept = error

send_to_nobody()
gc.collect()
print("the end")
"""


@claim("PI21")
@posix_only
@refuted(
    where=since("3.12.0") and not PYPY,
    because="CPython since 3.12 collects a BytesIO before the views of it (gh-111049, gh-111331)",
)
def test_the_exception_of_a_failed_send_may_be_kept(programs, evidence):
    """A program may keep the BrokenPipeError of a send() in a variable without a consequence.

    The exception refers to the message, a view of a BytesIO.  When the collector frees both,
    3.13 and later print "Exception ignored in: <_io.BytesIO object ...> BufferError: Existing
    exports of data: object cannot be re-sized"; 3.12.1 prints "SystemError: deallocated BytesIO
    object has exported buffers" and crashes (gh-111049, gh-111331).  Instead: keep str(error).
    """
    program = programs.run(KEEPING)
    printed = program.err.strip().splitlines()
    evidence(exit_code=program.exit_code, printed=printed[-1:] or "nothing")
    control(
        (program.exit_code, program.lines) == (0, ["the end"]) or program.exit_code < 0,
        f"{program!r}",
    )
    control(not printed or "export" in printed[-1], program.err)
    assert (program.exit_code, program.err) == (0, "")
