"""asyncio's streams and servers, where they show who waits for whom.

Source: https://docs.python.org/3/library/asyncio-stream.html
"""

import asyncio
import contextlib
import errno
import logging
import socket
import tempfile
import threading
import warnings
from pathlib import Path

from tests.harness import (
    GRACE,
    LINUX,
    PATIENCE,
    POSIX,
    WINDOWS,
    applies,
    before,
    cases,
    claim,
    control,
    kinds,
    outcome,
    predicts,
    refuted,
    since,
)
from tests.library.asyncio.running import collect, messages_of, outcome_of, own_loop, run, steps
from tests.library.stdlib.tls import anonymous, both_sides

every_spec = [own_loop]

#: Seconds within which what must happen does, before a whole spec is given up.
SOON = PATIENCE / 2

#: Whether a transport sends the lines of writelines() by sendmsg(), which Windows lacks.
BY_SENDMSG = since("3.12.0") and hasattr(socket.socket, "sendmsg")

since_313 = applies(
    where=since("3.13.0"), because="3.13 added close_clients() and abort_clients() (gh-113538)"
)


@contextlib.asynccontextmanager
async def two_ends(limit=2**16):
    """Connect two streams and yield both: (reader, writer), (reader, writer)."""
    ends = []
    for one in socket.socketpair():
        one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2**16)
        ends.append(await asyncio.open_connection(sock=one, limit=limit))
    try:
        yield ends
    finally:
        for _, writer in ends:
            if not writer.is_closing():
                writer.transport.abort()
        for _, writer in ends:
            await outcome_of(writer.wait_closed())


async def fill(writer, write, data):
    """Write the data until some is unsent, and return how many times that takes.

    Once, but Windows takes two sends of whatever length before it lets one wait.
    """
    times = 0
    while times < 9 and not writer.transport.get_write_buffer_size():
        await steps()  # let what was sent at once be done
        write(data)
        times += 1
    return times


@contextlib.asynccontextmanager
async def serving(handle, **options):
    """Start a server of this host and yield it with a function that connects to it."""
    server = await asyncio.start_server(handle, "127.0.0.1", 0, **options)
    writers = []

    async def connect():
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writers.append(writer)
        return reader, writer

    try:
        yield server, connect
    finally:
        for writer in writers:
            writer.close()
            await outcome_of(writer.wait_closed())
        server.close()
        # The server's ends of the connections see that ours are closed.
        await asyncio.wait_for(server.wait_closed(), SOON / 2)


async def echo(reader, writer):
    """Send back what comes, line by line, until the other end closes."""
    with contextlib.suppress(ConnectionError):
        while line := await reader.readline():
            writer.write(line)
            await writer.drain()
    writer.close()


@claim("ASYNC23")
def test_a_server_serves_each_connection_in_a_task(evidence):
    """asyncio.start_server() runs its coroutine in a new task for each connection, all at once.

    A connection that waits keeps no other one waiting.  One that computes, or blocks, stops all.
    """
    tasks = []

    async def main():
        met = asyncio.get_running_loop().create_future()

        async def meet(_, writer):
            tasks.append(asyncio.current_task())
            if len(tasks) == 2:
                met.set_result(None)
            await asyncio.shield(met)
            writer.write(b"met\n")
            writer.close()

        async with serving(meet) as (_, connect):
            ends = [await connect() for _ in range(2)]
            control(kinds(ends[0]) == ["StreamReader", "StreamWriter"], f"not {ends[0]}")
            return [await asyncio.wait_for(reader.readline(), SOON) for reader, _ in ends]

    assert evidence(answers=run(main)) == [b"met\n", b"met\n"]
    assert evidence(tasks=len(set(tasks))) == 2


@claim("ASYNC24")
def test_an_exception_in_a_handler_does_not_stop_the_server(evidence):
    """An exception in a connection's coroutine ends neither the server nor the program.

    The log has "Unhandled exception in client_connected_cb", since 3.11.7 and 3.12.1; before, "Task
    exception was never retrieved", at some later time.  The client waits for an answer in vain
    unless the coroutine closes its writer: write `finally: writer.close()`.
    """

    async def main():
        messages = messages_of(asyncio.get_running_loop())

        async def fail(reader, writer):
            await reader.readline()
            writer.write(b"failing\n")
            try:
                raise ValueError("of the handler")
            finally:
                writer.close()

        async with serving(fail) as (server, connect):
            answers = []
            for _ in range(2):
                reader, writer = await connect()
                writer.write(b"\n")
                answers.append(await asyncio.wait_for(reader.readline(), SOON))
            return answers, server.is_serving(), messages

    answers, serving_on, messages = run(main)
    assert evidence(answers=answers, serving=serving_on) == ([b"failing\n"] * 2, True)
    evidence(told=messages)


@claim("ASYNC25")
def test_write_never_waits_and_drain_does(evidence):
    """StreamWriter.write() never waits: without `await drain()` all goes into memory.

    drain() is the back-pressure: it waits while the other end does not read and much is unsent.
    With little unsent it returns at once, and lets no other task run.
    """

    async def main():
        async with two_ends() as [(_, writer), (reader, _)]:
            much = bytes(2**22)
            times = await fill(writer, writer.write, much)  # more than the kernel's buffers take
            unsent = writer.transport.get_write_buffer_size()
            draining = asyncio.create_task(writer.drain())
            await steps()
            waiting = not draining.done()
            await reader.readexactly(times * len(much))
            await asyncio.wait_for(draining, SOON)
            return unsent > 2**16, waiting, draining.done()

    assert evidence(unsent_waiting_and_later_done=run(main)) == (True, True, True)


@claim("ASYNC26")
@cases(method=("read", "readline", "readexactly", "readuntil"))
def test_two_tasks_cannot_read_one_stream(method, evidence):
    """Only one task may wait for a stream's data: a second one gets RuntimeError.

    "RuntimeError: read() called while another coroutine is already waiting for incoming data".  Let
    one task read, and give the others what it has read by a Queue.
    """

    async def main():
        async with two_ends() as [(reader, _), _]:
            first = asyncio.create_task(reader.read(1))
            await steps()
            arguments = (1,) if method in ("read", "readexactly") else ()
            second = await outcome_of(getattr(reader, method)(*arguments))
            waits_on = not first.done()
            first.cancel()
            return repr(second), waits_on

    error, waits_on = run(main)
    assert evidence(error=error).startswith("RuntimeError('read")
    assert "called while another coroutine is already waiting for incoming data" in error
    assert evidence(first_waits_on=waits_on)


@claim("ASYNC27")
def test_readexactly_tells_what_came_before_the_end(evidence):
    """readexactly() raises IncompleteReadError at the stream's end, and has what came in `partial`.

    "IncompleteReadError: 3 bytes read on a total of 10 expected bytes".  It is an EOFError.
    read(n) and readline() return what there is, b"" in the end, which a loop must look for; read()
    without a size never returns before the other side has closed.
    """

    async def main():
        async with two_ends() as [(_, writer), (reader, _)]:
            writer.write(b"abc")
            writer.write_eof()
            error = await outcome_of(reader.readexactly(10))
            return error, [reader.at_eof(), await reader.read(10), await reader.readline()]

    error, at_the_end = run(main)
    assert isinstance(error, asyncio.IncompleteReadError)
    assert evidence(error=repr(error), partial=error.partial) == (
        "IncompleteReadError('3 bytes read on a total of 10 expected bytes')",
        b"abc",
    )
    assert evidence(eof=isinstance(error, EOFError), at_the_end=at_the_end) == (
        True,
        [True, b"", b""],
    )


@claim("ASYNC28")
def test_a_line_may_be_too_long_for_a_stream(evidence):
    """A line longer than the stream's limit, 64 KiB by default, is an error: readline() loses data.

    readline() raises "ValueError: Separator is not found, and chunk exceed the limit" and drops
    what it has; or, if the end of the line is there already, "Separator is found, but chunk is
    longer than limit", and drops the line.  readuntil() raises LimitOverrunError and keeps all.
    Pass limit= to open_connection() or start_server().
    """

    async def main():
        errors, left = [], []
        for method in ("readline", "readuntil"):
            async with two_ends(limit=8) as [(_, writer), (reader, _)]:
                writer.write(b"x" * 20)
                await steps()
                error = await outcome_of(getattr(reader, method)())
                errors.append(f"{type(error).__name__}: {error}")
                writer.write(b"end")
                writer.write_eof()
                left.append(len(await reader.read()))
        return errors, left

    errors, left = run(main)
    text = "Separator is not found, and chunk exceed the limit"
    assert evidence(errors=errors) == [f"ValueError: {text}", f"LimitOverrunError: {text}"]
    assert evidence(left=left) == [3, 23]


@claim("ASYNC29")
@predicts("N212")
@refuted(
    where=before("3.12.0"),
    because="3.12 made wait_closed() wait for the connections (gh-79033)",
)
def test_wait_closed_waits_for_the_connections(evidence):
    """Server.close() stops listening; wait_closed() waits until the last connection has ended.

    Since 3.12.  Up to 3.11 it returned at once after close(); since then, programs that never
    noticed hang at their end while a client stays connected.  The connections go on after close().
    (3.12.0 did not wait for a server that nobody had closed, 3.12.1 and later do.)
    """

    async def main():
        async with serving(echo) as (server, connect):
            reader, writer = await connect()
            writer.write(b"first\n")
            await reader.readline()  # the server has accepted it
            server.close()
            closing = asyncio.create_task(server.wait_closed())
            await steps()
            waits = not closing.done()
            writer.write(b"after close()\n")
            answer = await asyncio.wait_for(reader.readline(), SOON)
            control(answer == b"after close()\n", f"the connection must go on, not {answer}")
            control(not server.is_serving(), "nothing listens any more")
            writer.close()
            await asyncio.wait_for(closing, SOON)
            return waits

    assert evidence(waits=run(main))


@claim("ASYNC30")
@since_313
@cases(method=("close_clients", "abort_clients"))
def test_a_server_can_end_its_connections(method, evidence):
    """Server.close_clients() and abort_clients() end the connections: wait_closed() returns.

    Since 3.13.  close_clients() sends what is unsent first, abort_clients() drops it.  Before, the
    server's program had to remember every writer.
    """

    async def main():
        async with serving(echo) as (server, connect):
            reader, writer = await connect()
            writer.write(b"first\n")
            await reader.readline()
            server.close()
            getattr(server, method)()
            await asyncio.wait_for(server.wait_closed(), SOON)
            return await outcome_of(reader.read())

    seen = run(main)
    assert evidence(the_client_reads=seen) == b"" or isinstance(seen, ConnectionError)


@claim("ASYNC31")
def test_cancelling_serve_forever_closes_the_server(evidence):
    """Cancelling serve_forever() closes the server; and it can run only once at a time.

    A server serves without it, from start_server() on, unless start_serving=False.  serve_forever()
    only waits.  A second one raises "RuntimeError: server ... is already being awaited on
    serve_forever()".
    """

    async def main():
        async with serving(echo, start_serving=False) as (server, _):
            seen = [server.is_serving()]
            await server.start_serving()
            seen.append(server.is_serving())
            waiting = asyncio.create_task(server.serve_forever())
            await steps()
            second = repr(await outcome_of(server.serve_forever()))
            waiting.cancel()
            await outcome_of(waiting)
            control(isinstance(server, (asyncio.Server, asyncio.AbstractServer)), "a server")
            control(server.get_loop() is asyncio.get_running_loop(), "it is this loop's")
            return [*seen, server.is_serving()], second

    seen, second = run(main)
    assert evidence(serving_before_during_after=seen) == [False, True, False]
    assert "is already being awaited on serve_forever()" in evidence(second=second)


@claim("ASYNC31")
def test_closing_a_server_ends_serve_forever(evidence):
    """server.close() ends `await server.serve_forever()` by a CancelledError.

    So it looks as if the task had been cancelled.  Instead of close(), cancel the task that waits:
    that closes the server, too.
    """

    async def main():
        async with serving(echo) as (server, _):
            waiting = asyncio.create_task(server.serve_forever())
            await steps()
            server.close()
            return await outcome_of(asyncio.wait_for(waiting, PATIENCE))

    assert kinds([evidence(ended_by=run(main))]) == ["CancelledError"]


@claim("ASYNC32")
def test_closing_a_writer_only_begins_it(evidence):
    """StreamWriter.close() returns before the connection is closed: await wait_closed() for that.

    What is unsent is still sent meanwhile.  A program that ends right after close() may lose it.
    """

    async def main():
        async with two_ends() as [(_, writer), (reader, _)]:
            much = bytes(2**22)
            times = await fill(writer, writer.write, much)
            writer.close()
            closing = asyncio.create_task(writer.wait_closed())
            await steps()
            seen = writer.is_closing(), closing.done()
            received = len(await reader.read())
            await asyncio.wait_for(closing, SOON)
            return (*seen, received == times * len(much))

    assert evidence(closing_closed_and_all_received=run(main)) == (True, False, True)


@claim("ASYNC33")
@applies(
    where=POSIX and hasattr(socket, "AF_UNIX"),
    because="asyncio has Unix sockets on POSIX only, not on Windows",
)
@refuted(where=before("3.13.0"), because="3.13 made close() remove the socket's file (gh-111246)")
def test_closing_a_unix_server_removes_its_file(evidence):
    """Server.close() removes the file of a Unix socket, so that nobody finds it and waits in vain.

    Since 3.13.  Before, the file stayed behind; the next start_unix_server() there replaces it.
    """

    async def main(path):
        server = await asyncio.start_unix_server(echo, path)
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(b"first\n")
        control(await reader.readline() == b"first\n", "the server must answer")
        writer.close()
        server.close()
        await asyncio.wait_for(server.wait_closed(), SOON)
        return path.exists()

    with tempfile.TemporaryDirectory() as folder:  # a short path, as those of sockets must be
        assert evidence(left_behind=run(main, Path(folder, "s"))) is False


@claim("ASYNC34")
@refuted(
    where=BY_SENDMSG and before("3.12.9", "3.13.2"),
    because="3.12.0 wrote lines without a limit, until 3.12.9 and 3.13.2 (gh-127655)",
)
def test_writelines_counts_for_the_back_pressure(evidence):
    """After StreamWriter.writelines(), too, drain() waits while too much is unsent.

    Not so in 3.12.0 to 3.12.8, 3.13.0 and 3.13.1 on Linux and macOS (CVE-2024-12254): a program
    that awaits drain() after each writelines() fills the memory, if the other end does not read.
    """

    async def main():
        async with two_ends() as [(_, writer), _]:
            await fill(writer, writer.writelines, [bytes(2**16)] * 64)
            control(writer.transport.get_write_buffer_size() > 2**16, "much must be unsent")
            draining = asyncio.create_task(writer.drain())
            await steps()
            waiting = not draining.done()
            draining.cancel()
            return waiting

    assert evidence(waits=run(main))


@claim("ASYNC35")
@predicts("N30")
@refuted(
    where=since("3.12.0") and not WINDOWS,
    because="3.12 keeps a view of what is unsent, and no copy (gh-91166)",
)
def test_write_copies_what_it_is_given(evidence):
    """StreamWriter.write() copies what it is given: a bytearray may be changed right afterwards.

    Since 3.12, on Linux and macOS, the rest that could not be sent at once is a view.  The other
    end then gets what the bytearray has later, without an error: corrupt data, a race condition.
    clear() and whatever else changes its length raise "BufferError: Existing exports of data:
    object cannot be re-sized".  Small data is often sent at once, so it seems to work.  Instead:
    write(bytes(buffer)), or make a new bytearray each time.
    """
    size = 2**22

    async def main():
        async with two_ends() as [(_, writer), (reader, _)]:
            buffer = bytearray(b"a" * size)  # more than the kernel's buffers take
            times = await fill(writer, writer.write, buffer)
            control(writer.transport.get_write_buffer_size() > 0, "some must be unsent")
            buffer[:] = b"b" * size
            clearing = outcome(buffer.clear)
            received = await asyncio.wait_for(reader.readexactly(times * size), SOON)
            return received.count(b"b"), clearing

    changed, clearing = run(main)
    assert evidence(changed=changed > 0, clearing=clearing) == (False, None)


def resolve_to(addresses):
    """Let the running loop find these addresses for each host."""

    async def getaddrinfo(*_, **__):
        kind = socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, ""
        return [(*kind, address) for address in addresses]

    asyncio.get_running_loop().getaddrinfo = getaddrinfo


@contextlib.contextmanager
def refusing(count):
    """Yield so many addresses of this host where connections are refused."""
    with contextlib.ExitStack() as stack:
        silent = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in silent:
            one.bind(("127.0.0.1", 0))  # and it does not listen
        yield [one.getsockname() for one in silent]


@claim("ASYNC36")
@predicts("N68")
@cases(addresses=(1, 2))
@refuted(
    where=not WINDOWS,
    addresses="2",
    because="errors with different texts, as each names its address, become one OSError",
    by="OSError: Multiple exceptions: [Errno ",
)
def test_a_refused_connection_is_a_connection_refused_error(addresses, evidence):
    """`except ConnectionRefusedError` catches open_connection() of a host that refuses connections.

    Not if the host has several addresses, as localhost with ::1 and 127.0.0.1: then "OSError:
    Multiple exceptions: [Errno ...] Connect call failed ('...', ...), [Errno ...] Connect call
    failed ('127.0.0.1', ...)", whose errno is None.  So a retry until the server has started
    works with 127.0.0.1 and crashes with localhost, or where IPv6 is on.  On Windows all errors
    have the same text, and the first is raised.  Instead: except OSError, or connect to one
    address; since 3.12 all_errors=True gives all errors.
    """

    async def main():
        with refusing(addresses) as refused:
            resolve_to(refused)
            try:
                await asyncio.open_connection("host", 1)
            except OSError as error:
                return error

    refusal = evidence(raised=run(main))
    if not isinstance(refusal, ConnectionRefusedError):
        raise refusal


@claim("ASYNC37")
@refuted(
    where=before("3.12.0"),
    because="3.12 added all_errors (gh-93973)",
    by="TypeError: BaseEventLoop.create_connection() got an unexpected keyword argument",
)
def test_all_errors_has_the_error_of_each_address(evidence):
    """open_connection(all_errors=True) raises an ExceptionGroup with the error of each address.

    Since 3.12.  "ExceptionGroup: create_connection failed (2 sub-exceptions)", also for a single
    address.  `except* ConnectionRefusedError` catches it; `except OSError` does not.
    """

    async def main():
        with refusing(2) as refused:
            resolve_to(refused)
            try:
                await asyncio.open_connection("host", 1, all_errors=True)
            except Exception as error:
                if not hasattr(error, "exceptions"):
                    raise
                return kinds([error, *error.exceptions])

    assert evidence(raised=run(main)) == ["ExceptionGroup", *["ConnectionRefusedError"] * 2]


@claim("ASYNC38")
@predicts("N69")
@refuted(because="each address has a socket of its own, which the system gives a port")
def test_a_server_of_port_0_has_one_port(evidence):
    """start_server(port=0) listens on one port at all addresses of its host.

    For "localhost" and None there is a socket for IPv4 and one for IPv6, each with another port.  A
    client that connects to "localhost" and the port of server.sockets[0] may try the other address
    first, and get ConnectionRefusedError, or reach another program; which socket is the first
    varies.  Instead: give one address, as "127.0.0.1", or let the client connect to the whole
    server.sockets[0].getsockname()[:2].
    """
    hosts = ["127.0.0.1", "127.0.0.2" if LINUX or WINDOWS else "::1"]

    async def main():
        servers = [await asyncio.start_server(echo, hosts, 0) for _ in range(3)]
        ports = [[one.getsockname()[1] for one in server.sockets] for server in servers]
        for server in servers:
            server.close()
            await asyncio.wait_for(server.wait_closed(), SOON)
        return ports

    ports = evidence(ports=run(main))
    control([len(of_one) for of_one in ports] == [2, 2, 2], "a socket for each address")
    assert all(one == other for one, other in ports)


@claim("ASYNC39")
@predicts("N73")
@refuted(
    where=BY_SENDMSG and before("3.14.8", "3.15.0rc2"),
    because="3.12 keeps an empty line as unsent, and it can never be sent (gh-155888)",
)
def test_writelines_takes_an_empty_line(evidence):
    """After writelines() whose last line is empty the connection can be closed.

    Not so on Linux and macOS in 3.12, 3.13 and up to 3.14.7: after StreamWriter.writelines() of
    [b"...", b""] the line b"" stays unsent for ever.  Then await writer.wait_closed() hangs, the
    other end, which reads until the end, hangs too, and the loop takes 100 % CPU.  A transport's
    writelines() is the same.  Instead: write(b"".join(lines)), or leave empty lines out.
    """

    async def main():
        async with two_ends() as [(_, writer), (reader, _)]:
            writer.writelines([b"text", b""])
            writer.close()
            closing = asyncio.create_task(writer.wait_closed())
            received = await asyncio.wait_for(reader.readexactly(4), SOON)
            control(received == b"text", f"the text must be sent, not {received}")
            await steps(100)
            closed = closing.done()
            writer.transport.abort()
            await asyncio.wait_for(closing, SOON)
            return closed

    assert evidence(closed=run(main))


@claim("ASYNC40")
@predicts("N75")
@refuted(
    where=since("3.12.0") and before("3.13.15", "3.14.7", "3.15.0"),
    because="3.12 waits for the connections, and does not close them (gh-123720)",
)
def test_a_cancelled_serve_forever_returns_beside_a_client(evidence):
    """A cancelled serve_forever() ends at once, though a client stays connected.

    In 3.12.0 to 3.13.14 and 3.14.0 to 3.14.6 Ctrl-C, or cancel(), of a program that awaits
    server.serve_forever() hangs until the last client leaves, as a handler that waits in
    reader.read() does not end; the second Ctrl-C is KeyboardInterrupt.  So do websockets' servers.
    Since then the connections are closed: reader.read() returns b"".  Instead, there: call
    server.close_clients() before (3.13), or close all writers yourself.
    """

    async def main():
        async with serving(echo) as (server, connect):
            reader, writer = await connect()
            writer.write(b"first\n")
            await reader.readline()  # the server has accepted it
            waiting = asyncio.create_task(server.serve_forever())
            await steps()
            waiting.cancel()
            await steps(100)
            ended = waiting.done()
            writer.close()
            seen = await asyncio.wait_for(outcome_of(waiting), SOON)
            control(kinds([seen]) == ["CancelledError"], f"it is cancelled, not {seen!r}")
            return ended

    assert evidence(ended=run(main))


@claim("ASYNC41")
@predicts("N76")
@refuted(
    where=before("3.11.7", "3.12.1"),
    because="3.11.7 and 3.12.1 began to warn of it (gh-109538)",
)
def test_a_dropped_writer_gives_a_resource_warning(evidence):
    """A StreamWriter that is dropped without close() gives a ResourceWarning.

    "ResourceWarning: unclosed <StreamWriter transport=<_SelectorSocketTransport ...> reader=...>",
    since 3.11.7 and 3.12.1, shown by python -X dev or -W always, and an error in pytest with -W
    error.  The connection is closed then, already since 3.11.5: keep the writer as long as you need
    the connection, not the reader alone.  Instead: writer.close(), and await writer.wait_closed().
    """

    async def main():
        async with two_ends() as ends:
            _reader, writer = ends.pop()
            transport = writer.transport
            collect()
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                del writer
                collect()
            transport.abort()
            await steps()
            return [f"{one.category.__name__}: {one.message}" for one in caught]

    texts = evidence(warnings=run(main))
    assert [text.startswith("ResourceWarning: unclosed <StreamWriter ") for text in texts] == [True]


@claim("ASYNC42")
@predicts("N77")
@refuted(
    where=before("3.14.8", "3.15.0rc2"),
    because="a function's exception leaves the connection open (gh-155941)",
)
def test_a_plain_function_that_fails_closes_the_connection(evidence):
    """A plain function of start_server() that raises ends the connection: the client gets the end.

    It is client_connected_cb, a def or lambda, no async def.  Up to 3.14.7, and in all of 3.13, the
    log has "Exception in callback StreamReaderProtocol.connection_made(...)", and the connection
    stays open: the client hangs, and since 3.12 so does server.wait_closed().  From 3.14.8 on it is
    closed, with "Unhandled exception in client_connected_cb" in the log, as a coroutine's is.
    Instead, there: `except Exception: writer.close(); raise` in it, or async def.
    """

    async def main():
        messages, writers = messages_of(asyncio.get_running_loop()), []

        def fail(_, writer):
            writers.append(writer)
            raise ValueError("of the function")

        async with serving(fail) as (_, connect):
            reader, _ = await connect()
            reading = asyncio.create_task(reader.read())
            while not messages:
                await steps()
            closed = writers[0].is_closing()
            writers[0].close()
            seen = await asyncio.wait_for(reading, SOON)
            control(seen == b"", f"the client reads nothing, not {seen}")
            return closed

    assert evidence(closed=run(main))


def client_hello(context):
    """Return what a client sends first, to begin with TLS."""
    import ssl

    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(incoming, outgoing)
    control(kinds([outcome(client.do_handshake)]) == ["SSLWantReadError"], "it waits")
    return outgoing.read()


#: Whether start_tls() loses what the StreamReader has read already.
LOSES_A_HELLO = before("3.13.13", "3.14.4", "3.15.0")


@claim("ASYNC43")
@predicts("N78")
@applies(where=since("3.11.0"), because="3.11 added StreamWriter.start_tls() (gh-79156)")
@refuted(
    where=LOSES_A_HELLO,
    because="the ClientHello stays in the StreamReader, where nobody looks (gh-142352)",
)
def test_start_tls_takes_what_has_come_already(evidence):
    """A server's StreamWriter.start_tls() takes what the StreamReader has read of TLS already.

    Up to 3.13.12 and 3.14.3 it is lost: if the client's first TLS message, the ClientHello, comes
    together with the line before it, start_tls() hangs, and so does the client, until a
    ConnectionAbortedError: "SSL handshake is taking longer than 60.0 seconds: aborting the
    connection".  So behind HAProxy with send-proxy, whose PROXY line comes first.  uvloop loses it,
    too.  Instead, there: let the client begin with TLS when it has got an answer, as with STARTTLS.
    """
    for_server, for_client = both_sides()
    hello = client_hello(for_client)

    async def main():
        starting = []

        async def upgrade(reader, writer):
            await reader.readline()
            starting.append(asyncio.create_task(writer.start_tls(for_server)))
            await outcome_of(starting[0])
            writer.close()
            await outcome_of(writer.wait_closed())  # else the loop logs its exception

        async with serving(upgrade) as (_, connect):
            reader, writer = await connect()
            writer.write(b"PROXY\n" + hello)
            answer = asyncio.create_task(reader.read(1))
            while not starting:
                await steps()
            await steps(100)
            await asyncio.wait([answer], timeout=GRACE if LOSES_A_HELLO else SOON)
            answered = answer.done()
            writer.transport.abort()
            ended, _ = await asyncio.wait([answer, *starting], timeout=SOON)
            for task in ended:
                await outcome_of(task)  # else the loop logs its exception
            return answered

    assert evidence(answered=run(main))


@claim("ASYNC45")
def test_a_stream_takes_bytes_only(evidence):
    """StreamWriter.write() takes bytes: text is a TypeError.

    "TypeError: data argument must be a bytes-like object, not 'str'"; since 3.13.8 and 3.14
    "TypeError: data argument must be a bytes, bytearray, or memoryview object, not 'str'".
    Instead: write(text.encode()), and (await reader.readline()).decode() at the other end.
    """

    async def main():
        async with two_ends() as [(_, writer), _]:
            return outcome(writer.write, "text")

    error = evidence(raised=run(main))
    taken = "bytes, bytearray, or memoryview" if since("3.13.8", "3.14.0") else "bytes-like"
    assert repr(error) == f"""TypeError("data argument must be a {taken} object, not 'str'")"""


@claim("ASYNC46")
def test_nothing_can_be_written_after_write_eof(evidence):
    """After write_eof() a stream can be read, and no longer be written.

    "RuntimeError: Cannot call write() after write_eof()".  It is for the last request, so that the
    other end's read() returns; the answer still comes.  Between requests send lines, or lengths.
    """

    async def main():
        async with two_ends() as [(reader, writer), (other_reader, other_writer)]:
            writer.write(b"all")
            writer.write_eof()
            asked = await asyncio.wait_for(other_reader.read(), SOON)
            other_writer.write(b"answer\n")
            answer = await asyncio.wait_for(reader.readline(), SOON)
            return asked, answer, outcome(writer.write, b"more")

    *got, error = evidence(asked_answer_and_raised=run(main))
    assert got == [b"all", b"answer\n"]
    assert repr(error) == "RuntimeError('Cannot call write() after write_eof()')"


@claim("ASYNC47")
@applies(where=POSIX, because="the proactor loop of Windows learns of the end by another way")
def test_drain_says_that_the_connection_is_lost(evidence, monkeypatch):
    """write() raises nothing when the other side has closed the connection: drain() does.

    "ConnectionResetError: Connection lost", and later "BrokenPipeError: [Errno 32] Broken pipe".  A
    loop that only writes goes on for ever, and asyncio logs "socket.send() raised exception." from
    the sixth write on.  Instead: await writer.drain() after each write(), and leave the loop at a
    ConnectionError.
    """
    logged = []
    monkeypatch.setattr(logging.getLogger("asyncio"), "warning", logged.append)

    async def main():
        ours, theirs = socket.socketpair()
        _, writer = await asyncio.open_connection(sock=ours)
        theirs.close()
        raised = []
        for _ in range(9):
            written = outcome(writer.write, b"x")
            raised.append((written, await outcome_of(writer.drain())))
        writer.close()
        await outcome_of(writer.wait_closed())  # else its exception is logged when it is freed
        return raised

    raised = run(main)
    assert evidence(written=[one for one, _ in raised]) == [None] * 9
    drained = evidence(drained=[repr(one) for _, one in raised])
    assert drained[0] == "ConnectionResetError('Connection lost')"
    assert evidence(logged=logged) == ["socket.send() raised exception."] * 4  # of the last four


class NoIPv6(socket.socket):
    """A socket of a machine that has no address of IPv6, as containers often have none."""

    def bind(self, address):
        """Refuse addresses of IPv6."""
        if self.family == socket.AF_INET6:
            raise OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address")
        super().bind(address)


@claim("ASYNC48")
@predicts("N125")
@refuted(
    where=before("3.11.8", "3.12.2", "3.13.0"),
    because="3.11.8 and 3.12.2 pass over an address that the machine does not have (gh-75128)",
    by="OSError: [Errno",
)
def test_a_server_passes_over_an_address_that_is_not_there(monkeypatch, evidence):
    """start_server("localhost") listens on 127.0.0.1 where the machine has no ::1.

    So in containers whose /etc/hosts has ::1, but which have no IPv6.  Before 3.11.8 and 3.12.2
    "error while attempting to bind on address ('::1', 8000, 0, 0): cannot assign requested
    address".  Instead, there: "127.0.0.1".
    """
    monkeypatch.setattr(socket, "socket", NoIPv6)

    async def addresses(*_, **__):
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", 0, 0, 0)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0)),
        ]

    async def main():
        asyncio.get_running_loop().getaddrinfo = addresses
        server = await asyncio.start_server(echo, "localhost", 0)
        bound = [one.getsockname()[0] for one in server.sockets]
        server.close()
        await asyncio.wait_for(server.wait_closed(), SOON)
        return bound

    assert evidence(listens_at=run(main)) == ["127.0.0.1"]


def shake_hands_within(secured):
    """Answer a second handshake within TLS, as a server behind an HTTPS proxy does."""
    import ssl

    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    inner = anonymous(server=True).wrap_bio(incoming, outgoing, server_side=True)
    while isinstance(outcome(inner.do_handshake), ssl.SSLWantReadError):
        if outgoing.pending:
            secured.sendall(outgoing.read())
        received = secured.recv(2**16)
        if not received:
            return
        incoming.write(received)
    secured.sendall(outgoing.read())


@contextlib.asynccontextmanager
async def a_tls_stream(serve_within=lambda secured: None, **keywords):
    """Yield the streams of a TLS connection, of which the server answers no more than is given."""
    for_server, for_client = both_sides()
    may_end = threading.Event()

    def serve():
        connection, _ = listening.accept()
        with connection, for_server.wrap_socket(connection, server_side=True) as secured:
            serve_within(secured)
            may_end.wait(PATIENCE)

    thread = threading.Thread(target=outcome, args=(serve,))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread.start()
        address = listening.getsockname()
        try:
            yield await asyncio.open_connection(*address, ssl=for_client, **keywords)
        finally:
            may_end.set()
            await asyncio.get_running_loop().run_in_executor(None, thread.join, PATIENCE)


@claim("ASYNC49")
@predicts("N126")
@refuted(where=before("3.11.0"), because="3.11 has another implementation of TLS (bpo-44011)")
def test_wait_closed_gives_up_a_peer_that_does_not_end_tls(evidence):
    """wait_closed() of a TLS stream raises TimeoutError if the peer never ends TLS.

    "TimeoutError: SSL shutdown timed out", after ssl_shutdown_timeout, 30 seconds: clients hang as
    long with servers that just stop.  Before 3.11 it waits until the peer closes the connection.
    Instead: transport.abort(), or a small ssl_shutdown_timeout.
    """
    limit = {"ssl_shutdown_timeout": GRACE} if since("3.11.0") else {}

    async def main():
        async with a_tls_stream(**limit) as (_, writer):
            writer.close()
            closing = asyncio.ensure_future(writer.wait_closed())
            await asyncio.wait([closing], timeout=SOON if limit else GRACE)
            raised = await outcome_of(closing) if closing.done() else "it waits"
            writer.transport.abort()
            await asyncio.wait([closing], timeout=SOON)
            if closing.done() and not closing.cancelled():
                closing.exception()
            return raised

    raised = evidence(raised=run(main))
    assert str(raised).startswith("SSL shutdown timed out")


@claim("ASYNC50")
@predicts("N127")
@refuted(
    where=before("3.11.0"),
    because="3.11 has another implementation of TLS (bpo-44011)",
    by="TypeError: transport <asyncio.sslproto._SSLProtocolTransport",
)
def test_start_tls_works_over_tls(evidence):
    """loop.start_tls() takes a transport that has TLS already: HTTPS by an HTTPS proxy.

    Before 3.11 "TypeError: transport <asyncio.sslproto._SSLProtocolTransport object at 0x...> is
    not supported by start_tls()".
    """

    async def main():
        async with a_tls_stream(shake_hands_within) as (_, writer):
            transport, context = writer.transport, anonymous(server=False)
            begin = asyncio.get_running_loop().start_tls(
                transport, transport.get_protocol(), context
            )
            made = await outcome_of(asyncio.wait_for(begin, SOON))
            transport.abort()
            return made

    made = run(main)
    evidence(made=made if isinstance(made, Exception) else type(made).__name__)
    if isinstance(made, TypeError):
        raise made
    assert isinstance(made, asyncio.Transport)


def read_to_the_end_and_send_more(secured):
    """Send something when the other side has closed its end of TLS, as a busy peer does."""
    control(secured.recv(1) == b"", "the other side must end TLS first")
    secured.sendall(b"more")


@claim("ASYNC51")
@predicts("N142")
def test_wait_closed_raises_if_the_peer_still_sends(evidence):
    """wait_closed() of a TLS stream raises ssl.SSLError if the peer sends more after close().

    "ssl.SSLError: [SSL: APPLICATION_DATA_AFTER_CLOSE_NOTIFY] application data after close notify
    (_ssl.c:...)".  The connection is closed all the same, and without TLS nothing is raised.  So it
    is with a peer that is busy sending when you have had enough.  Instead: catch ssl.SSLError
    around wait_closed(), or read to the end, until read() returns b"", before close().
    """

    async def main():
        async with a_tls_stream(read_to_the_end_and_send_more) as (_, writer):
            writer.close()
            return await outcome_of(asyncio.wait_for(writer.wait_closed(), SOON))

    raised = evidence(raised=run(main))
    assert kinds([raised]) == ["SSLError"]
    assert "application data after close notify" in str(raised)


@claim("ASYNC52")
@predicts("N201")
@refuted(
    where=BY_SENDMSG and before("3.13.10", "3.14.1"),
    because="3.12 sends lines by a socket that is gone, until 3.13.10 and 3.14.1 (gh-136234)",
)
def test_writelines_after_the_connection_is_lost(evidence):
    """StreamWriter.writelines() to a client that is gone raises nothing, as write() does not.

    In 3.12, 3.13.0 to 3.13.9 and 3.14.0 on Linux and macOS: "TypeError: 'NoneType' object is not
    callable", or "AttributeError: 'NoneType' object has no attribute '_add_writer'" up to 3.12.8
    and 3.13.1.  So an `except ConnectionError` does not catch it.  In all other versions the lines
    are dropped, and await drain() says so by a ConnectionResetError.  Instead, there:
    write(b"".join(lines)).
    """

    async def main():
        async with two_ends() as [(_, writer), (_, client)]:
            client.transport.abort()
            await outcome_of(client.wait_closed())
            writer.write(b"text")
            await outcome_of(writer.wait_closed())
            return outcome(writer.writelines, [b"more", b"text"])

    error = run(main)
    assert evidence(raised=error and f"{type(error).__name__}: {error}") is None


@claim("ASYNC53")
@predicts("N211")
@applies(where=since("3.12.0"), because="3.12 added eager tasks (gh-97696)")
@refuted(
    where=before("3.12.8", "3.13.1"),
    because="3.12.8 and 3.13.1 let staggered_race() know of eager tasks (gh-124309)",
    by="AssertionError",
)
def test_happy_eyeballs_with_eager_tasks(evidence):
    """open_connection(happy_eyeballs_delay=0.25) connects in a loop with the eager task factory.

    Not in 3.12.0 to 3.12.7 and 3.13.0: asyncio.staggered.staggered_race() raises AssertionError,
    without a text, and libraries that call it, as aiohttp and aiohappyeyeballs did, crash so at
    every connection.  Instead: a later release, no eager_task_factory, or no happy_eyeballs_delay.
    """

    async def main():
        async with serving(echo) as (server, _):
            asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
            address = server.sockets[0].getsockname()
            streams = await outcome_of(asyncio.open_connection(*address, happy_eyeballs_delay=0.25))
            if isinstance(streams, BaseException):
                return streams
            _, writer = streams
            writer.close()
            return await outcome_of(writer.wait_closed())

    assert evidence(error=run(main)) is None
