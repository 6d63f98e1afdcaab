"""Counterfeits for the claims of library/multiprocessing/test_pipe.py."""

from .. import counterfeit
from ..facts import POSIX
from ..patching import patch


def _pipe(change):
    from multiprocessing import connection

    connection.Pipe = change(connection.Pipe)


@counterfeit("PIPE04")
def every_pipe_is_duplex():
    """Pipe(False) goes both ways."""
    _pipe(lambda pipe: lambda duplex=True: pipe(True))


@counterfeit("PIPE04")
def no_pipe_is_duplex():
    """Pipe() goes one way."""
    _pipe(lambda pipe: lambda duplex=False: pipe(False))


@counterfeit("PIPE04", "PIPE08", "PIPE15")
def the_writer_comes_first():
    """Pipe(False) returns the writer and then the reader."""

    def swap(pipe):
        def swapped(duplex=True):
            ends = pipe(duplex)
            return ends if duplex else ends[::-1]

        return swapped

    _pipe(swap)


@counterfeit("PIPE04")
def an_end_does_not_know_its_direction():
    """What sends by the end that only reads learns it from the system: "Bad file descriptor"."""
    patch("multiprocessing.connection.Connection", _check_writable=lambda check: lambda self: None)


@counterfeit("PIPE05", "PIPE06", "PIPE08", "PIPE17")
def the_end_is_received_as_none():
    """recv() returns None at the end of a pipe."""

    def change(recv):
        def none(self, *args, **kwargs):
            try:
                return recv(self, *args, **kwargs)
            except EOFError:
                return None

        return none

    patch("multiprocessing.connection.Connection", recv=change, recv_bytes=change)


@counterfeit("PIPE05", "PIPE21")
def sending_to_nobody_goes_unnoticed():
    """send() to an end that is closed raises nothing."""

    def change(send):
        def careless(self, *args, **kwargs):
            try:
                send(self, *args, **kwargs)
            except BrokenPipeError:
                return

        return careless

    patch("multiprocessing.connection.Connection", send=change, send_bytes=change)


@counterfeit("PIPE05")
def what_is_left_is_lost_when_the_peer_closes():
    """close() takes back what has been sent and not been received."""

    def change(close):
        def take_back(self):
            import os

            if not self.closed and self.writable and not self.readable:
                with open(f"/proc/self/fd/{self.fileno()}", "rb", buffering=0) as pipe:
                    os.set_blocking(pipe.fileno(), False)
                    pipe.read(65536)
            close(self)

        return take_back

    patch("multiprocessing.connection.Connection", close=change)


@counterfeit("PIPE06")
def start_closes_what_it_passes():
    """Process.start() closes the parent's copy of a connection that it passes."""
    from multiprocessing import process
    from multiprocessing.connection import Connection

    start = process.BaseProcess.start

    def close_too(self):
        args = self._args
        start(self)
        for arg in args:
            if isinstance(arg, Connection):
                arg.close()

    process.BaseProcess.start = close_too


@counterfeit("PIPE07")
def long_messages_are_cut():
    """recv_bytes(maxlength) returns as much as is allowed."""

    def change(recv):
        return lambda self, maxlength=None: recv(self)[:maxlength]

    patch("multiprocessing.connection.Connection", recv_bytes=change)


@counterfeit("PIPE07", "PIPE16")
def a_small_buffer_is_filled():
    """recv_bytes_into() a buffer that is too small fills it and drops the rest."""
    from multiprocessing import BufferTooShort

    def change(recv):
        def fill(self, buf, offset=0):
            try:
                return int(recv(self, buf, offset))
            except BufferTooShort as error:
                rest = len(buf) - offset
                buf[offset:] = error.args[0][:rest]
                return rest

        return fill

    patch("multiprocessing.connection.Connection", recv_bytes_into=change)


@counterfeit("PIPE07")
def empty_messages_are_skipped():
    """send_bytes() of nothing sends nothing."""

    def change(send):
        return lambda self, buf, *part: send(self, buf, *part) if len(buf) else None

    patch("multiprocessing.connection.Connection", send_bytes=change)


@counterfeit("PIPE08", "PIPE18")
def poll_is_always_true():
    """poll() is True, whether or not there is anything."""
    patch(
        "multiprocessing.connection.Connection",
        poll=lambda poll: lambda self, timeout=0.0: poll(self, 0) or True,
    )


@counterfeit("PIPE08", "PIPE18")
def poll_is_always_false():
    """poll() is False, whether or not there is anything."""
    patch(
        "multiprocessing.connection.Connection",
        poll=lambda poll: lambda self, timeout=0.0: poll(self, timeout) and False,
    )


@counterfeit("PIPE18")
def poll_does_not_wait():
    """poll(timeout) answers at once."""
    patch(
        "multiprocessing.connection.Connection",
        poll=lambda poll: lambda self, timeout=0.0: poll(self, 0),
    )


@counterfeit("PIPE18")
def poll_does_not_wait_for_long():
    """poll(timeout) waits only if the timeout is long."""
    patch(
        "multiprocessing.connection.Connection",
        poll=lambda poll: (
            lambda self, timeout=0.0: poll(self, 0 if timeout and timeout < 1 else timeout)
        ),
    )


@counterfeit("PIPE18")
def poll_waits_for_ever():
    """poll(timeout) waits until there is something."""
    patch(
        "multiprocessing.connection.Connection",
        poll=lambda poll: lambda self, timeout=0.0: poll(self, timeout and None),
    )


@counterfeit("PIPE08")
def a_closed_connection_is_a_value_error():
    """Whatever is done with a closed Connection raises ValueError."""
    from multiprocessing.connection import Connection

    def refuse(self):
        if self._handle is None:
            raise ValueError("handle is closed")

    Connection._check_closed = refuse


@counterfeit("PIPE09")
def a_sent_connection_is_read_only():
    """A Connection that was sent to another process can only be read."""
    from multiprocessing import connection

    rebuild = connection.rebuild_connection

    def rebuild_connection(handle, readable, writable):
        return rebuild(handle, readable, not readable)

    rebuild_connection.__module__ = connection.__name__
    connection.rebuild_connection = rebuild_connection


@counterfeit("PIPE09", where=POSIX)
def the_descriptor_that_was_handed_out_stays_open():
    """What hands out a descriptor keeps a duplicate of it."""
    patch(
        "multiprocessing.resource_sharer._ResourceSharer",
        register=lambda register: lambda self, send, close: register(self, send, lambda: None),
    )


@counterfeit("PIPE10")
def connections_refuse_to_be_pickled():
    """pickle.dumps(Connection) raises TypeError."""
    from multiprocessing.connection import Connection

    def refuse(self):
        raise TypeError("cannot pickle a Connection")

    Connection.__getstate__ = refuse


@counterfeit("PIPE10")
def pickled_connections_are_copies():
    """A Connection that has been pickled is one with a descriptor of its own."""
    import os
    from multiprocessing.connection import Connection

    Connection.__setstate__ = lambda self, state: self.__dict__.update(
        state, _handle=os.dup(state["_handle"])
    )


@counterfeit("PIPE11")
def sending_the_unpicklable_is_a_type_error():
    """send() raises TypeError for whatever it cannot pickle."""
    import pickle

    def change(send):
        def other(self, obj):
            try:
                send(self, obj)
            except (AttributeError, pickle.PicklingError) as error:
                raise TypeError(str(error)) from None

        return other

    patch("multiprocessing.connection.Connection", send=change)


@counterfeit("PIPE12")
def with_leaves_a_connection_open():
    """A with block does not close its Connection."""
    patch(
        "multiprocessing.connection.Connection",
        __exit__=lambda leave: lambda self, *exception: None,
    )


@counterfeit("PIPE12")
def with_closes_a_connection_that_went_well():
    """A with block that is left by an exception leaves its Connection open."""
    patch(
        "multiprocessing.connection.Connection",
        __exit__=lambda leave: lambda self, kind, *rest: None if kind else leave(self, kind, *rest),
    )


@counterfeit("PIPE13")
def a_reset_is_an_end():
    """recv() raises EOFError where the connection was reset."""

    def change(recv):
        def other(self, *args, **kwargs):
            try:
                return recv(self, *args, **kwargs)
            except ConnectionResetError:
                raise EOFError from None

        return other

    patch("multiprocessing.connection.Connection", recv=change)


@counterfeit("PIPE14")
def every_child_inherits_every_descriptor():
    """A spawned child gets all descriptors that are open in its parent."""
    import os
    from multiprocessing import util

    spawn = util.spawnv_passfds

    def generous(path, args, passfds):
        if b"--multiprocessing-fork" in map(os.fsencode, args):  # neither of the two helpers
            opened = {int(name) for name in os.listdir("/proc/self/fd") if int(name) > 2}
            # Less that of the listing itself, which is closed by now.
            passfds = [fd for fd in {*passfds, *opened} if os.path.exists(f"/proc/self/fd/{fd}")]
        return int(spawn(path, args, passfds))

    util.spawnv_passfds = generous


@counterfeit("PIPE15")
def send_bytes_sends_all():
    """send_bytes() ignores offset and size."""
    patch(
        "multiprocessing.connection.Connection",
        send_bytes=lambda send: lambda self, buf, offset=0, size=None: send(self, buf),
    )


@counterfeit("PIPE15")
def a_part_outside_is_cut_off():
    """send_bytes() sends what there is of a part that lies outside of the buffer."""

    def change(send):
        def lenient(self, buf, offset=0, size=None):
            data = memoryview(buf).cast("B")[max(offset, 0) :]
            send(self, data if size is None else data[: max(size, 0)])

        return lenient

    patch("multiprocessing.connection.Connection", send_bytes=change)


@counterfeit("PIPE16")
def the_offset_of_a_buffer_is_ignored():
    """recv_bytes_into() writes to the beginning of the buffer."""
    patch(
        "multiprocessing.connection.Connection",
        recv_bytes_into=lambda recv: lambda self, buf, offset=0: recv(self, buf),
    )


@counterfeit("PIPE16")
def recv_bytes_into_returns_nothing():
    """recv_bytes_into() does not return the length."""
    patch(
        "multiprocessing.connection.Connection",
        recv_bytes_into=lambda recv: (
            lambda self, *args, **kwargs: recv(self, *args, **kwargs) and None
        ),
    )


@counterfeit("PIPE17", "PIPE04", "PIPE20")
def objects_arrive_as_text():
    """What is sent arrives as its repr()."""
    patch(
        "multiprocessing.connection.Connection",
        send=lambda send: lambda self, obj: send(self, obj if obj is None else repr(obj)),
    )


@counterfeit("PIPE17", "PIPE08", "PIPE01")
def a_message_gets_lost():
    """Every second send() sends nothing."""
    counted = [0]

    def change(send):
        def lose(self, obj):
            counted[0] += 1
            if counted[0] % 2:
                send(self, obj)

        return lose

    patch("multiprocessing.connection.Connection", send=change)


@counterfeit("PIPE19", "PIPE05")
def closing_closes_no_descriptor():
    """close() forgets the descriptor and leaves it open."""

    def change(close):
        def forget(self):
            self._handle = None

        return forget

    patch("multiprocessing.connection.Connection", close=change)


@counterfeit("PIPE23", where=POSIX)
def the_end_of_a_part_is_the_end_of_a_message():
    """recv() raises EOFError if the sender dies while it sends."""

    def change(recv):
        def receive(self):
            try:
                return recv(self)
            except OSError as error:
                raise EOFError from error

        return receive

    patch("multiprocessing.connection.Connection", recv=change)


@counterfeit("PIPE20")
def recv_does_not_wait():
    """recv() raises EOFError if there is nothing."""

    def change(recv):
        def hasty(self):
            if not self.poll():
                raise EOFError
            return recv(self)

        return hasty

    patch("multiprocessing.connection.Connection", recv=change)


@counterfeit("PIPE20")
def send_never_blocks():
    """send() leaves it to a thread to write."""
    import _thread

    patch(
        "multiprocessing.connection.Connection",
        send=lambda send: lambda self, obj: _thread.start_new_thread(send, (self, obj)) and None,
    )


@counterfeit("PIPE22", where=POSIX)
def one_message_is_sent_after_the_other():
    """A Connection has a lock for what it sends."""
    import _thread

    def change(send):
        lock = _thread.allocate_lock()

        def _send_in_turn(self, message):
            with lock:
                send(self, message)

        return _send_in_turn

    patch("multiprocessing.connection.Connection", _send_bytes=change)


@counterfeit("PIPE24")
def a_descriptor_of_an_ended_process_is_empty():
    """A descriptor whose owner has ended is one of /dev/null for whoever gets it."""
    from multiprocessing import resource_sharer

    detach = resource_sharer.DupFd.detach

    def detach_or_not(self):
        import os

        try:
            return detach(self)
        except OSError:
            return os.open(os.devnull, os.O_RDONLY)

    resource_sharer.DupFd.detach = detach_or_not


@counterfeit("PIPE25")
def a_forgotten_connection_is_closed_later():
    """A Connection that nobody holds stays open until garbage is collected."""
    import gc

    def keep(delete):
        kept = []

        def close_kept(phase, info):
            while kept:
                delete(kept.pop())

        gc.callbacks.append(close_kept)
        return lambda self: self.closed or kept.append(self)

    patch("multiprocessing.connection._ConnectionBase", __del__=keep)
