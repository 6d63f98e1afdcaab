"""Counterfeits of Pipe, Connection, Listener, Client and connection.wait."""

from collections.abc import Callable
from typing import Any

from . import counterfeit

UNRELATED = ("1.", "2.", "3.", "8.0", "8.10", "8.12")

Method = Callable[..., Any]


def _change(**changes: Callable[[Method], Method]) -> None:
    """Replace methods of Connection by what the functions make of them."""
    from multiprocessing.connection import Connection

    for name, change in changes.items():
        setattr(Connection, name, change(getattr(Connection, name)))


def _change_listener(**changes: Callable[[Method], Method]) -> None:
    """Replace methods of Listener by what the functions make of them."""
    from multiprocessing.connection import Listener

    for name, change in changes.items():
        setattr(Listener, name, change(getattr(Listener, name)))


def _pipe(change: Callable[[Method], Method]) -> None:
    from multiprocessing import connection

    connection.Pipe = change(connection.Pipe)


@counterfeit("PI01")
def every_pipe_is_duplex() -> None:
    """Pipe(False) goes both ways."""
    _pipe(lambda pipe: lambda duplex=True: pipe(True))


@counterfeit("PI01")
def no_pipe_is_duplex() -> None:
    """Pipe() goes one way."""
    _pipe(lambda pipe: lambda duplex=False: pipe(False))


@counterfeit("PI01", "PI05", "PI15")
def the_writer_comes_first() -> None:
    """Pipe(False) returns the writer and then the reader."""

    def swap(pipe: Method) -> Method:
        def swapped(duplex: bool = True) -> Any:
            ends = pipe(duplex)
            return ends if duplex else ends[::-1]

        return swapped

    _pipe(swap)


@counterfeit("PI02", "PI03", "PI05", "PI14", "PI17")
def the_end_is_received_as_none() -> None:
    """recv() returns None at the end of a pipe."""

    def change(recv: Method) -> Method:
        def none(self: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                return recv(self, *args, **kwargs)
            except EOFError:
                return None

        return none

    _change(recv=change, recv_bytes=change)


@counterfeit("PI02", "PI21")
def sending_to_nobody_goes_unnoticed() -> None:
    """send() to an end that is closed raises nothing."""

    def change(send: Method) -> Method:
        def careless(self: Any, *args: Any, **kwargs: Any) -> None:
            try:
                send(self, *args, **kwargs)
            except BrokenPipeError:
                return

        return careless

    _change(send=change, send_bytes=change)


@counterfeit("PI02")
def what_is_left_is_lost_when_the_peer_closes() -> None:
    """close() takes back what has been sent and not been received."""

    def change(close: Method) -> Method:
        def take_back(self: Any) -> None:
            import os

            if not self.closed and self.writable and not self.readable:
                with open(f"/proc/self/fd/{self.fileno()}", "rb", buffering=0) as pipe:
                    os.set_blocking(pipe.fileno(), False)
                    pipe.read(65536)
            close(self)

        return take_back

    _change(close=change)


@counterfeit("PI03")
def start_closes_what_it_passes() -> None:
    """Process.start() closes the parent's copy of a connection that it passes."""
    from multiprocessing import process
    from multiprocessing.connection import Connection

    start = process.BaseProcess.start

    def close_too(self: Any) -> None:
        args = self._args
        start(self)
        for arg in args:
            if isinstance(arg, Connection):
                arg.close()

    process.BaseProcess.start = close_too  # type: ignore[method-assign]


@counterfeit("PI04")
def long_messages_are_cut() -> None:
    """recv_bytes(maxlength) returns as much as is allowed."""

    def change(recv: Method) -> Method:
        return lambda self, maxlength=None: recv(self)[:maxlength]

    _change(recv_bytes=change)


@counterfeit("PI04", "PI16")
def a_small_buffer_is_filled() -> None:
    """recv_bytes_into() a buffer that is too small fills it and drops the rest."""
    from multiprocessing import BufferTooShort

    def change(recv: Method) -> Method:
        def fill(self: Any, buf: Any, offset: int = 0) -> int:
            try:
                return int(recv(self, buf, offset))
            except BufferTooShort as error:
                rest = len(buf) - offset
                buf[offset:] = error.args[0][:rest]
                return rest

        return fill

    _change(recv_bytes_into=change)


@counterfeit("PI04")
def empty_messages_are_skipped() -> None:
    """send_bytes() of nothing sends nothing."""

    def change(send: Method) -> Method:
        return lambda self, buf, *part: send(self, buf, *part) if len(buf) else None

    _change(send_bytes=change)


@counterfeit("PI05", "PI18", "PI03")
def poll_is_always_true() -> None:
    """poll() is True, whether or not there is anything."""
    _change(poll=lambda poll: lambda self, timeout=0.0: poll(self, 0) or True)


@counterfeit("PI05", "PI18", "PI14")
def poll_is_always_false() -> None:
    """poll() is False, whether or not there is anything."""
    _change(poll=lambda poll: lambda self, timeout=0.0: poll(self, timeout) and False)


@counterfeit("PI18")
def poll_does_not_wait() -> None:
    """poll(timeout) answers at once."""
    _change(poll=lambda poll: lambda self, timeout=0.0: poll(self, 0))


@counterfeit("PI18")
def poll_waits_for_ever() -> None:
    """poll(timeout) waits until there is something."""
    _change(poll=lambda poll: lambda self, timeout=0.0: poll(self, timeout and None))


@counterfeit("PI05")
def a_closed_connection_is_a_value_error() -> None:
    """Whatever is done with a closed Connection raises ValueError."""
    from multiprocessing.connection import Connection

    def refuse(self: Any) -> None:
        if self._handle is None:
            raise ValueError("handle is closed")

    Connection._check_closed = refuse


@counterfeit("PI06")
def a_sent_connection_is_read_only() -> None:
    """A Connection that was sent to another process can only be read."""
    from multiprocessing import connection

    rebuild = connection.rebuild_connection

    def rebuild_connection(handle: Any, readable: bool, writable: bool) -> Any:
        return rebuild(handle, readable, not readable)

    rebuild_connection.__module__ = connection.__name__
    connection.rebuild_connection = rebuild_connection


@counterfeit("PI07")
def connections_refuse_to_be_pickled() -> None:
    """pickle.dumps(Connection) raises TypeError."""
    from multiprocessing.connection import Connection

    def refuse(self: Any) -> Any:
        raise TypeError("cannot pickle a Connection")

    Connection.__getstate__ = refuse


@counterfeit("PI07")
def pickled_connections_are_copies() -> None:
    """A Connection that has been pickled is one with a descriptor of its own."""
    import os
    from multiprocessing.connection import Connection

    Connection.__setstate__ = lambda self, state: self.__dict__.update(
        state, _handle=os.dup(state["_handle"])
    )


@counterfeit("PI11")
def sending_the_unpicklable_is_a_type_error() -> None:
    """send() raises TypeError for whatever it cannot pickle."""
    import pickle

    def change(send: Method) -> Method:
        def other(self: Any, obj: Any) -> None:
            try:
                send(self, obj)
            except (AttributeError, pickle.PicklingError) as error:
                raise TypeError(str(error)) from None

        return other

    _change(send=change)


@counterfeit("PI12")
def with_leaves_a_connection_open() -> None:
    """A with block does not close its Connection."""
    _change(__exit__=lambda leave: lambda self, *exception: None)


@counterfeit("PI12")
def with_closes_a_connection_that_went_well() -> None:
    """A with block that is left by an exception leaves its Connection open."""
    _change(
        __exit__=lambda leave: lambda self, kind, *rest: None if kind else leave(self, kind, *rest)
    )


@counterfeit("PI13")
def a_reset_is_an_end() -> None:
    """recv() raises EOFError where the connection was reset."""

    def change(recv: Method) -> Method:
        def other(self: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                return recv(self, *args, **kwargs)
            except ConnectionResetError:
                raise EOFError from None

        return other

    _change(recv=change)


@counterfeit("PI14")
def every_child_inherits_every_descriptor() -> None:
    """A spawned child gets all descriptors that are open in its parent."""
    import os
    from multiprocessing import util

    spawn = util.spawnv_passfds

    def generous(path: Any, args: Any, passfds: Any) -> int:
        if b"--multiprocessing-fork" in map(os.fsencode, args):  # neither of the two helpers
            opened = {int(name) for name in os.listdir("/proc/self/fd") if int(name) > 2}
            # Less that of the listing itself, which is closed by now.
            passfds = [fd for fd in {*passfds, *opened} if os.path.exists(f"/proc/self/fd/{fd}")]
        return int(spawn(path, args, passfds))

    util.spawnv_passfds = generous


@counterfeit("PI15")
def send_bytes_sends_all() -> None:
    """send_bytes() ignores offset and size."""
    _change(send_bytes=lambda send: lambda self, buf, offset=0, size=None: send(self, buf))


@counterfeit("PI15")
def a_part_outside_is_cut_off() -> None:
    """send_bytes() sends what there is of a part that lies outside of the buffer."""

    def change(send: Method) -> Method:
        def lenient(self: Any, buf: Any, offset: int = 0, size: int | None = None) -> None:
            data = memoryview(buf).cast("B")[max(offset, 0) :]
            send(self, data if size is None else data[: max(size, 0)])

        return lenient

    _change(send_bytes=change)


@counterfeit("PI16")
def the_offset_of_a_buffer_is_ignored() -> None:
    """recv_bytes_into() writes to the beginning of the buffer."""
    _change(recv_bytes_into=lambda recv: lambda self, buf, offset=0: recv(self, buf))


@counterfeit("PI16")
def recv_bytes_into_returns_nothing() -> None:
    """recv_bytes_into() does not return the length."""
    _change(
        recv_bytes_into=lambda recv: (
            lambda self, *args, **kwargs: recv(self, *args, **kwargs) and None
        )
    )


@counterfeit("PI17", "PI01", "PI20")
def objects_arrive_as_text() -> None:
    """What is sent arrives as its repr()."""
    _change(send=lambda send: lambda self, obj: send(self, obj if obj is None else repr(obj)))


@counterfeit("PI17", "PI05", "PI10")
def a_message_gets_lost() -> None:
    """Every second send() sends nothing."""
    counted = [0]

    def change(send: Method) -> Method:
        def lose(self: Any, obj: Any) -> None:
            counted[0] += 1
            if counted[0] % 2:
                send(self, obj)

        return lose

    _change(send=change)


@counterfeit("PI19", "PI02")
def closing_closes_no_descriptor() -> None:
    """close() forgets the descriptor and leaves it open."""

    def change(close: Method) -> Method:
        def forget(self: Any) -> None:
            self._handle = None

        return forget

    _change(close=change)


@counterfeit("PI20")
def recv_does_not_wait() -> None:
    """recv() raises EOFError if there is nothing."""

    def change(recv: Method) -> Method:
        def hasty(self: Any) -> Any:
            if not self.poll():
                raise EOFError
            return recv(self)

        return hasty

    _change(recv=change)


@counterfeit("PI20")
def send_never_blocks() -> None:
    """send() leaves it to a thread to write."""
    import _thread

    _change(
        send=lambda send: lambda self, obj: _thread.start_new_thread(send, (self, obj)) and None
    )


@counterfeit("PI08", "PI26", "PI27", "PI28", "PI29")
def nobody_asks_for_the_authkey() -> None:
    """Neither side of a connection asks the other for the key."""
    from multiprocessing import connection

    connection.deliver_challenge = lambda connection, authkey: None
    connection.answer_challenge = lambda connection, authkey: None


@counterfeit("PI08", "PI26")
def a_wrong_key_is_a_value_error() -> None:
    """A wrong authkey raises ValueError."""
    from multiprocessing import connection

    connection.AuthenticationError = ValueError


@counterfeit("PI08", "PI26")
def only_the_listener_refuses() -> None:
    """Who answers a challenge does not look at the verdict."""
    from multiprocessing import connection

    answer = connection.answer_challenge

    def trust(link: Any, authkey: bytes) -> None:
        try:
            answer(link, authkey)
        except connection.AuthenticationError:
            return

    connection.answer_challenge = trust


@counterfeit("PI09", "PI24")
def a_listener_is_never_closed() -> None:
    """Listener.close() does nothing."""
    _change_listener(close=lambda close: lambda self: None)


@counterfeit("PI09")
def the_socket_of_a_listener_stays() -> None:
    """Listener.close() leaves the name of its Unix socket behind."""
    from multiprocessing import connection

    init = connection.SocketListener.__init__

    def keep(self: Any, *args: Any, **kwargs: Any) -> None:
        init(self, *args, **kwargs)
        if self._unlink is not None:
            self._unlink.cancel()

    connection.SocketListener.__init__ = keep


@counterfeit("PI24")
def a_closed_listener_raises_valueerror() -> None:
    """accept() of a closed Listener raises ValueError."""

    def change(accept: Method) -> Method:
        def other(self: Any) -> Any:
            if self._listener is None:
                raise ValueError("listener is closed")
            return accept(self)

        return other

    _change_listener(accept=change)


@counterfeit("PI22")
def children_have_keys_of_their_own() -> None:
    """The authkey of a child is not that of its parent."""
    from multiprocessing import process

    key = process.BaseProcess.authkey

    def own(self: Any) -> bytes:
        return process.AuthenticationString(b"own" if process.parent_process() else key.fget(self))

    process.BaseProcess.authkey = property(own, key.fset)


@counterfeit("PI23")
def a_listener_tells_the_port_it_was_given() -> None:
    """Listener.address is what the Listener was made with."""
    from multiprocessing import connection

    init = connection.SocketListener.__init__

    def keep(self: Any, address: Any, *args: Any) -> None:
        init(self, address, *args)
        self._address = address

    connection.SocketListener.__init__ = keep


@counterfeit("PI23", "PI09")
def nobody_was_last_accepted() -> None:
    """Listener.last_accepted is always None."""
    from multiprocessing.connection import Listener

    Listener.last_accepted = property(lambda self: None)


@counterfeit("PI25")
def any_number_of_clients_may_wait() -> None:
    """The backlog of a Listener is 100."""
    _change_listener(
        __init__=lambda init: (
            lambda self, address=None, family=None, backlog=1, authkey=None: init(
                self, address, family, 100, authkey
            )
        )
    )


@counterfeit("PI25")
def one_client_may_wait() -> None:
    """The backlog of a Listener is 1."""
    _change_listener(
        __init__=lambda init: (
            lambda self, address=None, family=None, backlog=1, authkey=None: init(
                self, address, family, 1, authkey
            )
        )
    )


@counterfeit("PI28")
def accept_skips_who_is_gone() -> None:
    """accept() goes on to the next client if one closes without an answer."""

    def change(accept: Method) -> Method:
        def skip(self: Any) -> Any:
            while True:
                try:
                    return accept(self)
                except (EOFError, ConnectionResetError):
                    continue

        return skip

    _change_listener(accept=change)


@counterfeit("PI30")
def client_goes_by_its_family() -> None:
    """Client() raises ValueError if the address is not of the family."""
    from multiprocessing import connection

    client = connection.Client

    def strict(address: Any, family: Any = None, authkey: Any = None) -> Any:
        if family and family != connection.address_type(address):
            raise ValueError("the address is of another family")
        return client(address, family, authkey)

    connection.Client = strict


@counterfeit("PI10", "PI31")
def wait_returns_one_object() -> None:
    """wait() returns the first object that is ready."""
    from multiprocessing import connection

    wait = connection.wait
    connection.wait = lambda objects, timeout=None: wait(objects, timeout)[:1]


@counterfeit("PI10", "PI31", "PI32")
def wait_returns_all_objects() -> None:
    """wait() returns all objects once one is ready."""
    from multiprocessing import connection

    wait = connection.wait

    def every(objects: Any, timeout: float | None = None) -> Any:
        objects = list(objects)
        return objects if wait(objects, timeout) else []

    connection.wait = every


@counterfeit("PI10", "PI31")
def wait_ignores_its_timeout() -> None:
    """wait() waits until something is ready."""
    from multiprocessing import connection

    wait = connection.wait
    connection.wait = lambda objects, timeout=None: wait(objects) if objects else []


@counterfeit("PI10", "PI31")
def wait_does_not_wait() -> None:
    """wait() returns what is ready at once."""
    from multiprocessing import connection

    wait = connection.wait
    connection.wait = lambda objects, timeout=None: wait(objects, 0)


@counterfeit("PI32")
def wait_returns_descriptors() -> None:
    """wait() returns the numbers of the descriptors that are ready."""
    from multiprocessing import connection

    wait = connection.wait
    connection.wait = lambda objects, timeout=None: [
        one if isinstance(one, int) else one.fileno() for one in wait(objects, timeout)
    ]
