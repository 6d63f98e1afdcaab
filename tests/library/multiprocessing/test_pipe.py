"""multiprocessing.Pipe and the Connections at its two ends.

Source: https://docs.python.org/3/library/multiprocessing.html#multiprocessing.Pipe
and https://docs.python.org/3/library/multiprocessing.html#connection-objects
"""

import array
import gc
import os
import pickle
import signal
import sys
import threading
import time
from contextlib import suppress
from multiprocessing import BufferTooShort, Pipe, get_context
from multiprocessing.connection import wait
from pickle import PicklingError, UnpicklingError

from tests.harness import (
    DEBUG,
    DEFAULT_START_METHOD,
    GRACE,
    LINUX,
    PATIENCE,
    POSIX,
    PYPY,
    WEBASSEMBLY,
    WINDOWS,
    applies,
    before,
    cases,
    claim,
    control,
    joined,
    kinds,
    needs_posix,
    never,
    outcome,
    predicts,
    refuted,
    since,
    until,
)
from tests.library.classic.asleep import sleeps

#: Sixteen times what a pipe holds (64 KiB on Linux).
LARGE = "large" * 200_000

#: How many bytes before a message say how long it is.
HEADER = 4

#: What the two ends of Pipe(False) say to who takes one for the other.
READ_ONLY, WRITE_ONLY = (repr(OSError(f"connection is {way}-only")) for way in ("read", "write"))

# No exception of send() that holds its message is kept in a variable here, for the reason that
# PIPE21 gives.


@claim("PIPE04")
def test_a_pipe_is_duplex_unless_told_otherwise(evidence):
    """Pipe() goes both ways; Pipe(False) is (reader, writer), and the wrong direction OSError."""
    left, right = Pipe()
    with left, right:
        left.send("to the right")
        right.send("to the left")
        assert evidence(left=left.recv(), right=right.recv()) == ("to the left", "to the right")
        assert [(end.readable, end.writable) for end in (left, right)] == [(True, True)] * 2


@claim("PIPE04")
def test_a_pipe_of_one_direction_refuses_the_other(evidence):
    """Pipe(False) is (reader, writer); the other direction raises OSError.

    It says which end you have: "OSError: connection is write-only" comes from recv() and poll() of
    the second one, "OSError: connection is read-only" from send() of the first.
    """
    reader, writer = Pipe(False)
    with reader, writer:
        writer.send("to the reader")
        assert reader.recv() == "to the reader"
        assert (reader.writable, writer.readable) == (False, False)
        receiving = [outcome(writer.recv), outcome(writer.recv_bytes), outcome(writer.poll)]
        sending = [repr(outcome(reader.send, "")), repr(outcome(reader.send_bytes, b""))]
    assert set(map(repr, evidence(receiving=receiving))) == {WRITE_ONLY}
    assert set(evidence(sending=sending)) == {READ_ONLY}


@claim("PIPE05")
@cases(duplex=(True, False))
@refuted(where=WEBASSEMBLY, duplex="False", because="WebAssembly: nobody learns of a closed end")
def test_recv_after_the_peer_has_closed_is_eoferror(duplex, evidence):
    """After the peer has closed, recv() gives the rest, then EOFError; send() BrokenPipeError."""
    reader, writer = Pipe(duplex)
    with reader:
        writer.send("first")
        writer.send_bytes(b"last")
        writer.close()
        left = [reader.recv(), reader.recv_bytes()]
        ends = [outcome(reader.recv), outcome(reader.recv_bytes), outcome(reader.recv)]
    assert evidence(left=left, then=kinds(ends)) == (["first", b"last"], ["EOFError"] * 3)


@claim("PIPE05")
@cases(duplex=(True, False))
@refuted(where=WEBASSEMBLY, duplex="False", because="WebAssembly: nobody learns of a closed end")
def test_send_after_the_peer_has_closed_is_broken_pipe_error(duplex, evidence):
    """After the peer has closed, send() and send_bytes() raise BrokenPipeError."""
    reader, writer = Pipe(duplex)
    with writer:
        reader.close()
        broken = kinds([outcome(writer.send, "nobody"), outcome(writer.send_bytes, b"nobody")])
    assert evidence(broken=broken) == ["BrokenPipeError"] * 2


def readable(connection, seconds):
    """Tell whether there is data, or the end; at the end poll() is an error on Windows (PIPE08)."""
    return wait([connection], seconds) == [connection]


def close_when_released(connection, report):
    report.hold("ready")
    connection.close()
    report.hold("closed")


@claim("PIPE06")
@predicts("H42")
def test_eof_needs_every_copy_to_be_closed(ctx, reports, evidence):
    """EOF comes when every copy of the writing end is closed, the parent's own one too.

    You might expect EOFError when the child, the only one that writes, has closed its end.  The
    parent's copy still counts: recv() waits forever.  Close the child's end in the parent as soon
    as the child is started.
    """
    reader, writer = ctx.Pipe(duplex=False)
    with reader:
        child = ctx.Process(target=close_when_released, args=(writer, reports.reporter))
        child.start()
        assert reports.next() == "ready"
        reports.release()
        assert reports.next() == "closed"
        child_closed = readable(reader, GRACE / 10)
        reports.release()
        assert joined(child) == [0]
        child_ended = readable(reader, GRACE / 10)
        writer.close()
        parent_closed = readable(reader, PATIENCE)
        assert kinds([outcome(reader.recv)]) == ["EOFError"]
    at_end = evidence(child_closed=child_closed, it_ended=child_ended, parent_closed=parent_closed)
    assert at_end == (False, False, True)


def send_bytes_of_each(connection, messages):
    for message in messages:
        connection.send_bytes(message)


@claim("PIPE07")
def test_a_message_arrives_whole_or_not_at_all(background, evidence):
    """Messages keep their boundaries; one that is too long is an error, and never cut off."""
    messages = [b"", b"abc", b"d" * 16_384, b"e" * 16_385, b"f", b""]
    reader, writer = Pipe(duplex=False)
    with reader, writer:
        sending = background(send_bytes_of_each, writer, messages)  # Windows' pipes may be full
        got = [reader.recv_bytes(len(message)) for message in messages]
        sending.result()
    evidence(lengths=[len(message) for message in got])
    assert got == messages


@claim("PIPE07")
def test_a_buffer_that_is_too_short_stays_as_it_is(evidence):
    """recv_bytes_into() a buffer that is too small raises BufferTooShort, and loses nothing.

    The message is in the exception's args[0], and the connection goes on.
    """
    reader, writer = Pipe(duplex=False)
    small = bytearray(b"----")
    with reader, writer:
        writer.send_bytes(b"12345")
        writer.send_bytes(b"next")
        refusal = outcome(reader.recv_bytes_into, small)
        assert evidence(buffer=small, then=reader.recv_bytes()) == (b"----", b"next")
    assert (type(refusal), refusal.args) == (BufferTooShort, (b"12345",))


@claim("PIPE07")
def test_a_message_that_is_too_long_closes_the_connection(evidence):
    """recv_bytes(maxlength) of a longer message is an OSError, and nothing can be read after it.

    "OSError: bad message length".  A Connection that only reads is closed; the end of a Pipe() can
    still send: then "OSError: connection is write-only".
    """
    reader, writer = Pipe(duplex=False)
    with reader, writer:
        writer.send_bytes(b"12345")
        refusals = evidence(refusals=[outcome(reader.recv_bytes, 4), outcome(reader.recv_bytes)])
        closed = reader.closed
    assert (kinds(refusals), evidence(closed=closed)) == (["OSError", "OSError"], True)
    near, far = Pipe()
    with near, far:
        far.send_bytes(b"12345")
        refusals = [outcome(near.recv_bytes, 4), outcome(near.recv_bytes)]
        near.send("still sent")
        assert evidence(closed=near.closed, then=far.recv()) == (False, "still sent")
    assert kinds(evidence(of_both_ways=refusals)) == ["OSError", "OSError"]


@claim("PIPE08")
def test_poll_is_true_for_data(evidence):
    """poll() is False for an empty pipe, True for one that has data or is at its end.

    At its end poll() is an error on Windows: "BrokenPipeError: [WinError 109] The pipe has been
    ended" (gh-85180).  Instead: multiprocessing.connection.wait([reader], timeout).
    """
    reader, writer = Pipe(duplex=False)
    with reader, writer:
        empty = reader.poll(), reader.poll(0)
        writer.send(None)
        filled = reader.poll(), reader.poll(PATIENCE), reader.poll(None)
        reader.recv()
        emptied = reader.poll()
    assert evidence(empty=empty, emptied=emptied) == ((False, False), False)
    assert evidence(filled=filled) == (True, True, True)


@claim("PIPE08")
@refuted(
    where=WINDOWS,
    because="Windows: PeekNamedPipe() fails at the end of a pipe (gh-85180)",
    by=BrokenPipeError,
)
@refuted(where=WEBASSEMBLY, because="WebAssembly: a pipe has no end, recv() is a BlockingIOError")
def test_poll_is_true_at_the_end(evidence):
    """poll() is True when every other end is closed, before recv() and after it."""
    reader, writer = Pipe(duplex=False)
    with reader:
        writer.close()
        at_end = reader.poll(), kinds([outcome(reader.recv)]), reader.poll()
    assert evidence(at_end=at_end) == (True, ["EOFError"], True)


CLOSED = "OSError('handle is closed')"


@claim("PIPE08")
def test_a_closed_connection_refuses_everything(evidence):
    """A closed Connection refuses everything: "OSError: handle is closed"."""
    reader, writer = Pipe(duplex=False)
    reader.close()
    writer.close()
    calls = (reader.poll, reader.recv, reader.recv_bytes, reader.fileno, writer.fileno)
    refusals = [*map(outcome, calls), outcome(writer.send, 1), outcome(writer.send_bytes, b"1")]
    assert {repr(refusal) for refusal in evidence(refusals=refusals)} == {CLOSED}


def use_received_connection(connection):
    with connection.recv() as received:
        received.send(["by the passed connection", received.recv()])


@claim("PIPE09")
def test_a_connection_can_be_sent_through_a_connection(ctx, background, evidence):
    """A Connection can be sent through a Connection, and is a working copy in the other process.

    The sender's own copy stays open; once both have closed theirs the other end gets its EOFError.
    A thread of the sender hands out the descriptor, so the sender must live until the receiver has
    it, or recv() raises FileNotFoundError, or ConnectionRefusedError if the sender was killed.
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
            assert joined(child) == [0]
            open_here = not far.closed and far.writable
            far.close()
            at_end = readable(near, PATIENCE)
        finally:
            resource_sharer.stop(PATIENCE)
    assert evidence(got=got, open_here=open_here) == (["by the passed connection", "there"], True)
    assert evidence(at_its_end=at_end) is True


def pickle_a_connection():
    near, far = Pipe()
    copy = pickle.loads(pickle.dumps(near))
    same_number = copy.fileno() == near.fileno()
    copy.send("by the copy")
    got = far.recv()
    copy.close()
    refusal = repr(outcome(near.send, "by the original"))
    outcome(near.close)
    return same_number, got, refusal


@claim("PIPE10")
def test_a_pickled_connection_is_a_mere_number(programs, evidence):
    """pickle.dumps(Connection) is accepted, but keeps only the number of the descriptor.

    You might expect an error, or a copy.  In another process the number means another file, or
    none; in this one closing, or forgetting, the copy closes the original: "OSError: [Errno 9] Bad
    file descriptor", or on Windows "OSError: [WinError 6] The handle is invalid".  Pass Connections
    by Process(args=...), or send() them.
    """
    same_number, got, refusal = programs.call(pickle_a_connection)
    assert evidence(same_number=same_number, got=got) == (True, "by the copy")
    assert evidence(original_after_the_copy_is_closed=refusal).startswith("OSError(")


def by_pipe():
    near, far = Pipe()
    return near.send, far.recv


def by_simple_queue():
    items = get_context(DEFAULT_START_METHOD).SimpleQueue()
    return items.put, items.get


@claim("PIPE11")
@cases(way=(by_pipe, by_simple_queue))
@refuted(
    where=before("3.12.5", "3.13.0") and not PYPY,
    because="CPython before 3.14: AttributeError for a local function or lambda (gh-122311)",
    by="AttributeError: Can't pickle local object 'test_send",
)
@refuted(
    where=since("3.12.5", "3.13.0") and before("3.14.0"),
    because="CPython before 3.14: AttributeError for a local function or lambda (gh-122311)",
    by="AttributeError: Can't get local object 'test_send",
)
def test_send_of_a_lambda_raises_pickling_error(way, evidence):
    """send() of a lambda, like SimpleQueue.put(), raises pickle.PicklingError and sends nothing.

    "PicklingError: Can't pickle local object <function ...>" since 3.14.  The channel is usable in
    any case, but "except PicklingError" misses what CPython raises up to 3.13 for a function made
    in a function: "AttributeError: Can't pickle local object ...", and from 3.12.5 on
    "AttributeError: Can't get local object ...".  Catch both, or send what a module has at its top
    level.
    """
    send, receive = way()
    refusal = evidence(refusal=outcome(send, lambda: None))
    send(3)
    assert evidence(then=receive()) == 3
    if not isinstance(refusal, PicklingError):
        raise refusal


@claim("PIPE12")
def test_with_closes_a_connection(evidence):
    """A Connection is a context manager: with gives itself and closes it, after an exception too.

    close() may be repeated.
    """
    near, far = Pipe()
    with suppress(KeyError), near as entered:
        inside = entered is near, near.closed
        raise KeyError
    with far:
        pass
    assert evidence(itself_closed=inside) == (True, False)
    assert evidence(closed=(near.closed, far.closed)) == (True, True)
    near.close()


@claim("PIPE13")
@refuted(
    where=LINUX,
    because="Linux: closing a socket that has unread data resets it, and Pipe() is a socket pair",
    by=ConnectionResetError,
)
def test_a_peer_that_closes_unread_gives_eoferror(evidence):
    """When the peer closes its end of Pipe() without reading all, recv() raises EOFError.

    On Linux the first recv() raises "ConnectionResetError: [Errno 104] Connection reset by peer"
    (an OSError), and only the next EOFError.  With Pipe(duplex=False), which is a pipe and no pair
    of sockets, this does not occur.  Write except (EOFError, ConnectionResetError).
    """
    near, far = Pipe()
    with near:
        far.send("left")
        near.send("unread")
        far.close()
        control(near.recv() == "left", "what was sent before should arrive")
        first, second = outcome(near.recv), outcome(near.recv)
    assert kinds([first, second]) in (["EOFError"] * 2, ["ConnectionResetError", "EOFError"])
    evidence(first_recv=first)
    if not isinstance(first, EOFError):
        raise first


@claim("PIPE14")
@refuted(
    start_method="fork",
    because="POSIX fork() copies every descriptor into the child, the writing end of a pipe too",
)
def test_a_child_keeps_no_pipe_that_it_was_not_given(ctx, start_method, reports, evidence):
    """A child process does not keep open a pipe that it was not given: EOF comes in spite of it.

    Under fork every child has a copy of every pipe that is open in its parent, so that recv()
    elsewhere gets no EOFError before all later children have ended, and hangs.  spawn and
    forkserver children have only what is passed to them.  Use another start method than fork, or
    send a message that says that it is over.
    """
    reader, writer = ctx.Pipe(duplex=False)
    child = ctx.Process(target=reports.reporter.hold, args=("ready",))
    with reader:
        child.start()
        control(reports.next() == "ready", "the child runs")
        writer.close()
        seconds = GRACE / 3 if start_method == "fork" else PATIENCE
        while_it_lives = readable(reader, seconds)
        reports.release()
        control(joined(child) == [0], "the child ends")
        control(readable(reader, PATIENCE), "EOF comes in the end")
    assert evidence(eof_while_the_child_lives=while_it_lives)


#: What send_bytes(b"abcdefgh", *part) sends.
PARTS = {(): b"abcdefgh", (3,): b"defgh", (2, 4): b"cdef", (8,): b"", (5, 0): b"", (7, 1): b"h"}


@claim("PIPE15")
def test_send_bytes_sends_the_part_that_is_named(evidence):
    """send_bytes(buffer, offset, size) sends that part; one outside of the buffer is ValueError."""
    reader, writer = Pipe(duplex=False)
    got = {}
    with reader, writer:
        for part in PARTS:
            writer.send_bytes(b"abcdefgh", *part)
            got[part] = reader.recv_bytes()
    assert evidence(got=got) == PARTS


@claim("PIPE15")
@cases(part=((9,), (-1,), (2, 7), (0, -1), (8, 1)))
def test_send_bytes_refuses_a_part_outside_of_the_buffer(part, evidence):
    """send_bytes() of a part outside of the buffer raises ValueError, and sends nothing."""
    reader, writer = Pipe(duplex=False)
    with reader, writer:
        refusal = kinds([outcome(writer.send_bytes, b"abcdefgh", *part)])
        assert evidence(refusal=refusal, sent=reader.poll()) == (["ValueError"], False)


@claim("PIPE15")
@cases(buffer={"a view": memoryview(b"abc"), "an array": array.array("B", b"abc")})
def test_send_bytes_sends_any_buffer(buffer, evidence):
    """send_bytes() takes any buffer of bytes; text is a TypeError."""
    reader, writer = Pipe(duplex=False)
    with reader, writer:
        writer.send_bytes(buffer)
        assert evidence(got=reader.recv_bytes()) == b"abc"
        assert kinds([outcome(writer.send_bytes, "text")]) == ["TypeError"]


@claim("PIPE16")
def test_recv_bytes_into_fills_a_buffer_from_an_offset(evidence):
    """recv_bytes_into(buffer, offset) writes the message there and returns its length.

    The offset counts bytes, whatever the buffer is made of.
    """
    reader, writer = Pipe(duplex=False)
    filled = []
    with reader, writer:
        for offset in (0, 3, 5):
            buffer = bytearray(b"--------")
            writer.send_bytes(b"abc")
            filled.append((reader.recv_bytes_into(buffer, offset), bytes(buffer)))
        integers = array.array("i", [0, 0, 0])
        writer.send_bytes(array.array("i", [7]))
        reader.recv_bytes_into(integers, integers.itemsize)
    assert evidence(filled=filled) == [(3, b"abc-----"), (3, b"---abc--"), (3, b"-----abc")]
    assert evidence(integers=integers.tolist()) == [0, 7, 0]


@claim("PIPE16")
def test_recv_bytes_into_refuses_an_offset_outside_of_the_buffer(evidence):
    """An offset outside of the buffer is a ValueError, one too far back raises BufferTooShort.

    "ValueError: negative offset", "ValueError: offset too large".
    """
    reader, writer = Pipe(duplex=False)
    buffer = bytearray(b"--------")
    with reader, writer:
        writer.send_bytes(b"abc")
        refusals = [outcome(reader.recv_bytes_into, buffer, offset) for offset in (-1, 9, 6)]
    assert kinds(evidence(refusals=refusals)) == ["ValueError", "ValueError", "BufferTooShort"]
    assert (refusals[2].args, buffer) == ((b"abc",), b"--------")


def echo(connection):
    with connection:
        while (item := connection.recv()) is not None:
            connection.send(item)
        connection.send_bytes(connection.recv_bytes() * 2)


def send_each(connection, items):
    for item in items:
        connection.send(item)


@claim("PIPE17")
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
        assert background(near.recv_bytes).result() == b"bytesbytes"
        end = kinds([background(outcome, near.recv).result()])
        assert evidence(then=end, exit_codes=joined(child)) == (["EOFError"], [0])
    assert [(type(item), item) for item in got] == [(type(item), item) for item in sent]


@claim("PIPE18")
def test_poll_waits_for_its_timeout(background, evidence):
    """poll(timeout) waits that long before it is False; data or EOF ends it, and poll(None)."""
    reader, writer = Pipe(duplex=False)
    with reader, writer:
        begun = time.monotonic()
        in_vain = background(reader.poll, GRACE).result()
        waited = time.monotonic() - begun
        assert evidence(waited=waited) > GRACE * 0.8  # clocks of some systems tick in 16 ms
        polling = [background(reader.poll, PATIENCE), background(reader.poll, None)]
        waits = never(lambda: any(task.finished for task in polling), during=GRACE / 3)
        writer.send("data")
        answers = [task.result() for task in polling]
    assert evidence(in_vain=in_vain, waits=waits, answers=answers) == (False, True, [True, True])


@claim("PIPE18")
def test_poll_without_a_timeout_waits_for_eof(background, evidence):
    """poll(None) waits until there is data, or until the other end is closed."""
    reader, writer = Pipe(duplex=False)
    with reader, writer:
        polling = background(reader.poll, None)
        waits = never(lambda: polling.finished, during=GRACE / 10)
        writer.close()
        assert evidence(waits=waits, answer=polling.result()) == (True, True)


@claim("PIPE19")
@applies(where=POSIX, because="Windows: fileno() is a handle, and no descriptor")
def test_fileno_is_the_descriptor_that_close_closes(evidence):
    """fileno() is the descriptor that a Connection writes to and reads from, and close() closes."""
    near, far = Pipe()
    with far:
        os.write(near.fileno(), b"\0\0\0\3raw")  # the length, in network order, and the message
        raw = far.recv_bytes()
        near.close()
        assert evidence(raw=raw, then=os.read(far.fileno(), 1)) == (b"raw", b"")


@claim("PIPE20")
def test_recv_blocks_until_a_message_is_whole(background, evidence):
    """recv() waits until something is sent, and send() of much until the other end reads it.

    A Pipe has no buffer but the system's: two processes that first send much deadlock.
    """
    near, far = Pipe()
    with near, far:
        receiving = background(near.recv)
        recv_waits = never(lambda: receiving.finished, during=GRACE / 5)
        far.send("at last")
        assert receiving.result() == "at last"
        sending = background(far.send, LARGE)
        send_waits = never(lambda: sending.finished, during=GRACE / 3)
        assert background(near.recv).result() == LARGE
        sending.result()
    assert evidence(recv_waits=recv_waits, send_waits=send_waits) == (True, True)


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


@claim("PIPE21")
@refuted(
    where=since("3.12.0") and before("3.12.2") and not PYPY,
    because="CPython 3.12.0 and 3.12.1 crash when they collect a view of a BytesIO (gh-111049)",
)
@refuted(
    where=(DEBUG or since("3.13.0")) and before("3.16.0") and not PYPY,
    because="CPython 3.13 to 3.15, and debug builds of all releases before, print what a BytesIO "
    "with views cannot do (gh-62948, gh-111331)",
)
def test_the_exception_of_a_failed_send_may_be_kept(programs, evidence):
    """A program may keep the BrokenPipeError of a send() in a variable without a consequence.

    The exception refers to the message, a view of a BytesIO.  When the collector frees both, 3.13
    to 3.15 print "BufferError: Existing exports of data: object cannot be re-sized"; 3.10, 3.11,
    and 3.12 since 3.12.2 do so with -X dev and in debug builds only (gh-62948, gh-111331).  3.12.0
    and 3.12.1 print "SystemError: deallocated BytesIO object has exported buffers" and crash
    (gh-111049).  Keep str(error) instead.
    """
    program = programs.run(KEEPING)
    control(program.exit_code or program.lines == ["the end"], f"{program!r}")
    assert evidence(exit_code=program.exit_code, printed=program.err) == (0, "")


def refusal_of_send(connection, item, senders):
    """Send the item; return what is said against a second send(), or nothing."""
    senders.append((threading.get_ident(), threading.get_native_id()))
    try:
        connection.send(item)
    except BrokenPipeError:
        return ""
    except ValueError as error:
        return str(error)
    return ""


def writes(sender):
    """Tell whether a thread sleeps in the part of send() that writes, or has ended."""
    ident, native_id = sender
    frame = sys._current_frames().get(ident)
    return not frame or (frame.f_code.co_name.startswith("_send") and sleeps(native_id))


@claim("PIPE22")
@predicts("N62")
@refuted(
    where=POSIX,
    because="POSIX: a large message is many writes, and those of two threads interleave",
    by=UnpicklingError,
)
@refuted(
    where=WINDOWS and since("3.11.6", "3.12.1"),
    because="Windows: a Connection refuses a second send() at the same time (gh-107219)",
    by="AssertionError: concurrent send_bytes() calls are not supported",
)
def test_two_threads_can_send_by_one_connection(background, evidence):
    """Two threads can send() large objects by one Connection at once: both arrive intact.

    send() takes no lock.  What is larger than the pipe's buffer (64 KiB on Linux) is written in
    parts, and another thread's message gets between them: a race condition.  recv() then raises
    "UnpicklingError: invalid load key, ...", or another error, gives corrupt data, or hangs.  Since
    3.11.6 and 3.12.1 send() raises on Windows "ValueError: concurrent send_bytes() calls are not
    supported".  So it is with processes that share an end, and with recv().  Instead: hold one lock
    around each send(), or use multiprocessing.Queue, which has one.  That is the difference between
    Pipe and Queue: a Pipe has two ends, for one process each, and is faster; a Queue serves many.
    """
    items, senders = [b"x" * 2**20, b"y" * 2**20], []
    reader, writer = Pipe(duplex=False)
    with reader:
        sending = [background(refusal_of_send, writer, item, senders) for item in items]
        until(lambda: len([*filter(writes, senders)]) == 2, "both threads to write")
        on_their_way = [task for task in sending if not task.finished]
        received = outcome(lambda: [background(reader.recv).result() for _ in on_their_way])
    refusals = [task.result() for task in sending]
    writer.close()
    assert not any(refusals), "".join(refusals)
    if isinstance(received, Exception):
        raise received
    assert evidence(intact=sorted(received) == items)


def send_large(writer):
    writer.send(LARGE)


def unread(reader):
    """Return how many bytes are in a pipe."""
    import fcntl
    import termios

    count = array.array("i", [0])
    fcntl.ioctl(reader.fileno(), termios.FIONREAD, count)
    return count[0]


@claim("PIPE23")
@needs_posix
def test_a_sender_that_is_killed_leaves_part_of_a_message(ctx, evidence):
    """If the sender dies while it sends, recv() raises "OSError: got end of file during message".

    A message larger than the pipe's buffer (64 KiB on Linux) is on its way until it is read.  So
    terminate(), kill(), or the system when memory runs out, can cut it off.  An EOFError, which is
    no OSError, says that the sender ended between two messages (PIPE05).  Instead: catch both,
    close the connection, and take the message as lost.
    """
    reader, writer = ctx.Pipe(duplex=False)
    with reader:
        with writer:
            child = ctx.Process(target=send_large, args=(writer,))
            child.start()
        until(lambda: unread(reader) > HEADER, "a part of the message to come")
        child.kill()
        control(joined(child) == [-signal.SIGKILL], "the child is killed while it sends")
        error = outcome(reader.recv)
    assert evidence(received=repr(error)) == "OSError('got end of file during message')"


def put_a_connection(items):
    reader, writer = Pipe(duplex=False)
    with reader, writer:
        items.put(reader)
        items.put("the last")
        items.close()
        items.join_thread()


@claim("PIPE24")
@needs_posix
@predicts("N181")
def test_a_connection_in_a_queue_is_lost_with_its_sender(ctx, background, evidence):
    """What a child puts into a Queue can be got after the child's end, except for a Connection.

    get() then raises ConnectionRefusedError ("[Errno 111] Connection refused" on Linux), or
    FileNotFoundError, out of resource_sharer.py: a Connection, socket or other descriptor stays
    with the process that puts it, a thread of which hands it out to whoever gets it.  A tensor of
    PyTorch (torch.multiprocessing) is sent so, too: rebuild_storage_fd() fails if the producer has
    exited before the consumer has got it.  Instead: let the producer wait, by an Event or join() of
    a JoinableQueue, until the consumer has all; or send plain data, or the name of a SharedMemory.
    """
    items = ctx.Queue()
    child = ctx.Process(target=put_a_connection, args=(items,))
    child.start()
    control(joined(child) == [0], "the child puts both and ends")
    error = outcome(background(items.get).result)
    then = background(items.get).result()
    items.close()
    assert evidence(got=repr(error)).startswith(("ConnectionRefusedError(", "FileNotFoundError("))
    assert evidence(then=then) == "the last"


@claim("PIPE25")
@refuted(where=PYPY, because="PyPy closes it when garbage is collected, and not at once")
def test_a_connection_that_nobody_holds_is_closed(evidence):
    """A Connection is closed with the last variable that holds it: the other end has its EOFError.

    There is no ResourceWarning, as for a socket or a file.  So a function that makes a pipe and
    returns one end of it returns a dead one.  Keep both ends for as long as they are needed, and
    close() them: PyPy does not see that nobody holds a Connection before it collects garbage.
    """
    here, there = Pipe()
    with here:
        del there
        at_once = readable(here, 0)
        gc.collect()
        control(readable(here, PATIENCE), "it is closed in the end")
        assert evidence(at_once=at_once) is True
        assert kinds([outcome(here.recv)]) == ["EOFError"]
