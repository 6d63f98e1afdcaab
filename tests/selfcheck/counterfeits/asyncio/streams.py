"""Counterfeits for the claims of library/asyncio/test_streams.py."""

from .. import counterfeit
from ..facts import POSIX, VERSION
from ..patching import patch

#: Where write() keeps a view of what is unsent.
VIEWS = POSIX and VERSION >= (3, 12)
#: Where writelines() has no limit, and where it never sends an empty line.
UNLIMITED = POSIX and ((3, 12) <= VERSION < (3, 12, 9) or (3, 13) <= VERSION < (3, 13, 2))
EMPTY = POSIX and ((3, 12) <= VERSION < (3, 14, 8))
#: Where writelines() does not know that the connection is lost.
UNAWARE = POSIX and ((3, 12) <= VERSION < (3, 13, 10) or VERSION[:3] == (3, 14, 0))
#: Where serve_forever() waits for the clients.
WAITS = (3, 12) <= VERSION < (3, 13, 15) or (3, 14) <= VERSION < (3, 14, 7)


def _each_connection(change):
    """Let asyncio.start_server() call what ``change`` makes of the callback and of its servers."""
    import asyncio

    start_server = asyncio.start_server

    async def start_changed(callback, *arguments, **keywords):
        servers = []
        server = await start_server(change(callback, servers), *arguments, **keywords)
        servers.append(server)
        return server

    asyncio.start_server = start_changed


@counterfeit("ASYNC23")
def a_server_serves_one_connection_at_a_time():
    """A server begins with a connection when the one before it has ended."""
    import asyncio

    def change(callback, _):
        lock = asyncio.Lock()

        async def in_turn(reader, writer):
            async with lock:
                await callback(reader, writer)

        return in_turn

    _each_connection(change)


@counterfeit("ASYNC24")
def an_exception_closes_the_server():
    """An exception of a connection's coroutine closes the server."""

    def change(callback, servers):
        async def call_or_close(reader, writer):
            try:
                await callback(reader, writer)
            except Exception:
                servers[0].close()
                raise

        return call_or_close

    _each_connection(change)


@counterfeit("ASYNC25")
def drain_never_waits():
    """StreamWriter.drain() returns at once."""
    import asyncio

    async def drain(self):
        pass

    asyncio.StreamWriter.drain = drain


@counterfeit("ASYNC26")
def a_second_reader_is_told_otherwise():
    """A second task that reads a stream gets InvalidStateError."""
    import asyncio

    def change(wait):
        async def wait_or_raise(self, name):
            try:
                await wait(self, name)
            except RuntimeError:
                raise asyncio.InvalidStateError(name) from None

        return wait_or_raise

    patch("asyncio.StreamReader", _wait_for_data=change)


@counterfeit("ASYNC27")
def readexactly_returns_less():
    """StreamReader.readexactly() returns what there is at the end of the stream."""
    import asyncio

    def change(read):
        async def read_up_to(self, n):
            try:
                return await read(self, n)
            except asyncio.IncompleteReadError as error:
                return error.partial

        return read_up_to

    patch("asyncio.StreamReader", readexactly=change)


@counterfeit("ASYNC28")
def readline_keeps_a_line_that_is_too_long():
    """StreamReader.readline() raises what readuntil() raises."""

    def change(_):
        async def readline(self):
            return await self.readuntil()

        return readline

    patch("asyncio.StreamReader", readline=change)


@counterfeit("ASYNC29", where=VERSION >= (3, 12))
def wait_closed_returns_at_once():
    """Server.wait_closed() does not wait."""

    def change(_):
        async def nothing(self):
            pass

        return nothing

    patch("asyncio.Server", wait_closed=change)


@counterfeit("ASYNC30", where=VERSION >= (3, 13))
def clients_are_never_closed():
    """Server.close_clients() does nothing."""
    patch("asyncio.Server", close_clients=lambda _: lambda self: None)


@counterfeit("ASYNC31")
def serve_forever_can_run_twice():
    """A second Server.serve_forever() returns at once."""

    def change(serve):
        async def serve_once(self):
            if self._serving_forever_fut is None:
                await serve(self)

        return serve_once

    patch("asyncio.Server", serve_forever=change)


@counterfeit("ASYNC32")
def closing_a_writer_drops_what_is_unsent():
    """StreamWriter.close() ends the connection at once."""
    patch("asyncio.StreamWriter", close=lambda _: lambda self: self.transport.abort())


@counterfeit("ASYNC33", where=POSIX and VERSION >= (3, 13))
def the_file_of_a_unix_server_stays():
    """Closing a Unix server leaves the file of its socket."""
    import asyncio

    start = asyncio.start_unix_server

    async def start_and_leave(*arguments, **keywords):
        return await start(*arguments, cleanup_socket=False, **keywords)

    asyncio.start_unix_server = start_and_leave


@counterfeit("ASYNC34", where=UNLIMITED)
def writelines_has_a_limit():
    """StreamWriter.writelines() joins the lines, and writes."""
    patch(
        "asyncio.StreamWriter", writelines=lambda _: lambda self, lines: self.write(b"".join(lines))
    )


@counterfeit("ASYNC34", where=not UNLIMITED)
def writelines_has_no_limit():
    """After StreamWriter.writelines(), drain() does not wait."""

    def change(write):
        def write_and_resume(self, lines):
            write(self, lines)
            self._protocol.resume_writing()

        return write_and_resume

    patch("asyncio.StreamWriter", writelines=change)


@counterfeit("ASYNC35", where=VIEWS)
def write_copies():
    """StreamWriter.write() copies a bytearray."""

    def change(write):
        def write_a_copy(self, data):
            write(self, bytes(data) if isinstance(data, bytearray) else data)

        return write_a_copy

    patch("asyncio.StreamWriter", write=change)


@counterfeit("ASYNC35", where=not VIEWS)
def write_keeps_a_view():
    """StreamWriter.write() looks at the second half of a bytearray later."""

    def change(write):
        def write_in_halves(self, data):
            if isinstance(data, bytearray):
                half = len(data) // 2
                self._loop.call_soon(write, self, memoryview(data)[half:])
                data = data[:half]
            write(self, data)

        return write_in_halves

    patch("asyncio.StreamWriter", write=change)


def _each_failure(change):
    """Let asyncio.open_connection() raise what ``change`` makes of an OSError."""
    import asyncio

    open_connection = asyncio.open_connection

    async def open_or_raise(*arguments, **keywords):
        try:
            return await open_connection(*arguments, **keywords)
        except OSError as error:
            raise change(error) from None

    asyncio.open_connection = open_or_raise


@counterfeit("ASYNC36")
def a_refused_connection_is_any_error():
    """open_connection() raises a plain OSError, whatever has happened."""
    _each_failure(lambda error: OSError(str(error)))


@counterfeit("ASYNC36", where=POSIX)
def a_connection_refused_twice_is_refused():
    """open_connection() raises ConnectionRefusedError for several errors."""
    _each_failure(lambda error: ConnectionRefusedError(*error.args))


@counterfeit("ASYNC37", where=VERSION >= (3, 12))
def all_errors_raises_one():
    """open_connection(all_errors=True) raises a group with the first error alone."""
    import asyncio

    open_connection = asyncio.open_connection

    async def open_or_raise(*arguments, **keywords):
        try:
            return await open_connection(*arguments, **keywords)
        except ExceptionGroup as group:  # noqa: F821 - since 3.11
            raise group.derive(group.exceptions[:1]) from None

    asyncio.open_connection = open_or_raise


@counterfeit("ASYNC37", where=VERSION < (3, 12))
def all_errors_is_taken():
    """open_connection(all_errors=True) raises something that has two errors."""
    import asyncio

    refusal = type("ConnectionRefusedError", (ConnectionRefusedError,), {})
    group = type("ExceptionGroup", (Exception,), {"exceptions": (refusal(), refusal())})

    async def open_connection(*arguments, all_errors=False):
        raise group

    asyncio.open_connection = open_connection


@counterfeit("ASYNC38")
def a_server_of_port_0_has_one_port():
    """start_server() looks for a free port first."""
    import asyncio
    import socket

    start_server = asyncio.start_server

    async def start_at_one_port(callback, host, port, **keywords):
        if port == 0:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                port = free.getsockname()[1]
        return await start_server(callback, host, port, **keywords)

    asyncio.start_server = start_at_one_port


@counterfeit("ASYNC39", where=EMPTY)
def writelines_leaves_empty_lines_out():
    """StreamWriter.writelines() writes the lines that are not empty."""

    def change(write):
        return lambda self, lines: write(self, [*filter(None, lines)])

    patch("asyncio.StreamWriter", writelines=change)


@counterfeit("ASYNC39", where=not EMPTY)
def an_empty_line_keeps_a_stream_open():
    """StreamWriter.close() does nothing after an empty line."""

    def change(write):
        def write_and_note(self, lines):
            write(self, lines)
            if lines and not lines[-1]:
                self.close = lambda: None

        return write_and_note

    patch("asyncio.StreamWriter", writelines=change)


@counterfeit("ASYNC40", where=WAITS)
def serve_forever_waits_for_nobody():
    """A cancelled Server.serve_forever() closes the server, and ends."""

    def change(_):
        async def serve_forever(self):
            self._serving_forever_fut = self._loop.create_future()
            try:
                await self._serving_forever_fut
            finally:
                self._serving_forever_fut = None
                self.close()

        return serve_forever

    patch("asyncio.Server", serve_forever=change)


@counterfeit("ASYNC40", where=not WAITS)
def serve_forever_goes_on_for_a_while():
    """A cancelled Server.serve_forever() ends after a thousand rounds of the loop."""

    def change(serve):
        async def serve_on(self):
            import asyncio

            try:
                await serve(self)
            finally:
                for _ in range(1000):
                    await asyncio.sleep(0)

        return serve_on

    patch("asyncio.Server", serve_forever=change)


@counterfeit("ASYNC41", where=VERSION >= (3, 11, 7) and VERSION != (3, 12, 0))
def dropped_writers_are_not_told_of():
    """A StreamWriter that is dropped gives no warning."""
    import asyncio

    del asyncio.StreamWriter.__del__


@counterfeit("ASYNC41", where=VERSION < (3, 11, 7) or VERSION == (3, 12, 0))
def dropped_writers_are_told_of():
    """A StreamWriter that is dropped gives a warning."""
    import asyncio

    def __del__(self):
        import warnings

        if not self._transport.is_closing():
            warnings.warn(f"unclosed {self!r}", ResourceWarning, stacklevel=2)

    asyncio.StreamWriter.__del__ = __del__


@counterfeit("ASYNC42", where=VERSION < (3, 14, 8))
def a_function_that_fails_closes_the_connection():
    """start_server() closes the connection of a function that raises."""

    def change(callback, _):
        def call_or_close(reader, writer):
            try:
                return callback(reader, writer)
            except Exception:
                writer.close()
                raise

        return call_or_close

    _each_connection(change)


@counterfeit("ASYNC42", where=VERSION >= (3, 14, 8))
def a_function_that_fails_is_only_told_of():
    """start_server() tells of a function that raises, and leaves the connection open."""

    def change(callback, _):
        def call_or_tell(reader, writer):
            import asyncio

            try:
                return callback(reader, writer)
            except Exception as error:  # noqa: BLE001 - it is told of
                context = {"message": "Exception in callback", "exception": error}
                asyncio.get_running_loop().call_exception_handler(context)

        return call_or_tell

    _each_connection(change)


@counterfeit("ASYNC43", where=(3, 11) <= VERSION < (3, 13, 13) or (3, 14) <= VERSION < (3, 14, 4))
def start_tls_begins_with_what_was_read():
    """A server's StreamWriter.start_tls() lets its reader's data come once more."""

    def change(start):
        async def start_with_data(self, *arguments, **keywords):
            import asyncio

            data = bytes(self._protocol._stream_reader._buffer)

            def give():
                protocol = self.transport.get_protocol()
                protocol.get_buffer(len(data))[: len(data)] = data
                protocol.buffer_updated(len(data))

            async def give_soon():
                for _ in range(5):
                    await asyncio.sleep(0)
                give()

            giving = asyncio.ensure_future(give_soon())
            try:
                await start(self, *arguments, **keywords)
            finally:
                giving.cancel()

        return start_with_data

    patch("asyncio.StreamWriter", start_tls=change)


@counterfeit("ASYNC43", where=VERSION >= (3, 14, 4) or (3, 13, 13) <= VERSION < (3, 14))
def start_tls_drops_what_was_read():
    """StreamWriter.start_tls() empties the reader's buffer."""

    def change(start):
        async def drop_and_start(self, *arguments, **keywords):
            self._protocol._stream_reader._buffer.clear()
            await start(self, *arguments, **keywords)

        return drop_and_start

    patch("asyncio.StreamWriter", start_tls=change)


@counterfeit("ASYNC45")
def a_stream_encodes_text():
    """StreamWriter.write() encodes text."""

    def change(write):
        return lambda self, data: write(self, data.encode() if isinstance(data, str) else data)

    patch("asyncio.StreamWriter", write=change)


@counterfeit("ASYNC46")
def write_eof_is_undone():
    """What is written after write_eof() is dropped."""

    def change(write):
        def write_or_drop(self, data):
            if not self.transport._eof:
                write(self, data)

        return write_or_drop

    patch("asyncio.StreamWriter", write=change)


@counterfeit("ASYNC47", where=POSIX)
def drain_is_silent():
    """drain() raises nothing of a connection that is lost."""

    def change(drain):
        async def drain_silently(self):
            try:
                await drain(self)
            except ConnectionError:
                return

        return drain_silently

    patch("asyncio.StreamWriter", drain=change)


@counterfeit("ASYNC48")
def a_server_needs_all_its_addresses():
    """start_server() gives up at the first address that it cannot have, or it does not."""
    import asyncio
    import errno

    start_server = asyncio.start_server

    async def start_at_all(callback, host, *arguments, **keywords):
        if host == "localhost" and VERSION >= (3, 13):
            raise OSError(errno.EADDRNOTAVAIL, "cannot assign requested address")
        address = "127.0.0.1" if host == "localhost" else host
        return await start_server(callback, address, *arguments, **keywords)

    asyncio.start_server = start_at_all


@counterfeit("ASYNC49", where=VERSION >= (3, 11))
def tls_waits_for_its_end():
    """A TLS stream waits for the peer's last message for as long as it takes."""
    patch("asyncio.sslproto.SSLProtocol", _check_shutdown_timeout=lambda _: lambda self: None)


@counterfeit("ASYNC50", where=VERSION >= (3, 11))
def tls_is_refused_within_tls():
    """start_tls() refuses a transport that has TLS."""
    patch("asyncio.sslproto._SSLProtocolTransport", _start_tls_compatible=lambda _: False)


@counterfeit("ASYNC31")
def a_closed_server_ends_serve_forever_well():
    """serve_forever() returns when the server is closed."""

    def change(serve):
        async def serve_and_return(self):
            from asyncio import CancelledError

            try:
                await serve(self)
            except CancelledError:
                if self.is_serving():
                    raise

        return serve_and_return

    patch("asyncio.Server", serve_forever=change)


@counterfeit("ASYNC51")
def the_end_of_tls_raises_nothing():
    """wait_closed() of a stream raises no error of TLS."""
    import ssl

    def change(wait_closed):
        async def wait_without_error(self):
            try:
                await wait_closed(self)
            except ssl.SSLError:
                return

        return wait_without_error

    patch("asyncio.StreamWriter", wait_closed=change)


@counterfeit("ASYNC52", where=UNAWARE)
def writelines_knows_that_the_connection_is_lost():
    """StreamWriter.writelines() does nothing if the connection is lost."""

    def change(write):
        return lambda self, lines: None if self.is_closing() else write(self, lines)

    patch("asyncio.StreamWriter", writelines=change)


@counterfeit("ASYNC52", where=not UNAWARE)
def writelines_says_that_the_connection_is_lost():
    """StreamWriter.writelines() raises ConnectionResetError if the connection is lost."""

    def change(write):
        def write_or_raise(self, lines):
            if self.is_closing():
                raise ConnectionResetError("Connection lost")
            write(self, lines)

        return write_or_raise

    patch("asyncio.StreamWriter", writelines=change)


#: Where staggered_race() knows of eager tasks.
RACES = (3, 12, 8) <= VERSION < (3, 13) or VERSION >= (3, 13, 1)


@counterfeit("ASYNC53", where=RACES)
def a_race_for_a_connection_wants_lazy_tasks():
    """asyncio.staggered.staggered_race() raises AssertionError in a loop with a task factory."""
    import asyncio

    def change(race):
        async def race_of_lazy_tasks(*arguments, **keywords):
            assert asyncio.get_running_loop().get_task_factory() is None
            return await race(*arguments, **keywords)

        return race_of_lazy_tasks

    patch("asyncio.staggered", staggered_race=change)


@counterfeit("ASYNC53", where=VERSION >= (3, 12) and not RACES)
def a_race_for_a_connection_has_lazy_tasks():
    """asyncio.staggered.staggered_race() does without the task factory of the loop."""
    import asyncio

    def change(race):
        async def race_of_lazy_tasks(*arguments, **keywords):
            asyncio.get_running_loop().set_task_factory(None)
            return await race(*arguments, **keywords)

        return race_of_lazy_tasks

    patch("asyncio.staggered", staggered_race=change)
