"""Counterfeits for the claims of library/asyncio/test_children.py."""

import sys

from .. import counterfeit
from ..facts import POSIX, PYPY, VERSION
from ..patching import patch

LINUX = sys.platform == "linux"
#: Where wait() waits for the end of the pipes.
PIPES = POSIX and ((3, 11, 2) <= VERSION < (3, 13, 15) or (3, 14) <= VERSION < (3, 14, 7))


@counterfeit("ACHILD01", where=POSIX)
def communicate_drops_the_errors():
    """communicate() returns no standard error."""

    def change(communicate):
        async def drop(self, *data):
            out, _err = await communicate(self, *data)
            return out, None

        return drop

    patch("asyncio.subprocess.Process", communicate=change)


def _starting(change):
    """Replace create_subprocess_exec() by what the function makes of it."""
    import asyncio

    asyncio.create_subprocess_exec = change(asyncio.create_subprocess_exec)


@counterfeit("ACHILD02", where=POSIX)
def both_start_a_shell():
    """create_subprocess_exec() starts a shell."""

    def change(_start):
        async def start(*arguments, **keywords):
            from asyncio import create_subprocess_shell

            return await create_subprocess_shell(" ".join(arguments), **keywords)

        return start

    _starting(change)


@counterfeit("ACHILD03", where=POSIX)
def wait_reads_the_output():
    """wait() reads the child's output, and drops it."""

    def change(wait):
        async def read_and_wait(self):
            if self.stdout is not None:
                await self.stdout.read()
            return await wait(self)

        return read_and_wait

    patch("asyncio.subprocess.Process", wait=change)


@counterfeit("ACHILD04", where=POSIX and VERSION >= (3, 14))
def set_child_watcher_is_still_there():
    """asyncio.set_child_watcher() does nothing."""
    import asyncio

    asyncio.set_child_watcher = lambda watcher: None


@counterfeit("ACHILD04", where=POSIX and VERSION < (3, 14))
def policies_have_no_child_watcher():
    """A policy has no get_child_watcher(), as from 3.14 on."""
    import asyncio

    for policy in (asyncio.AbstractEventLoopPolicy, asyncio.DefaultEventLoopPolicy):
        del policy.get_child_watcher


@counterfeit("ACHILD05", where=LINUX and VERSION >= (3, 12) and not PYPY)
def a_thread_waits_beside_the_pidfd():
    """A thread waits for each child, too."""
    from asyncio import unix_events

    def change(add):
        def add_and_wait(self, pid, *arguments):
            import os
            from threading import Thread

            add(self, pid, *arguments)
            waiting = os.P_PID, pid, os.WEXITED | os.WNOWAIT
            Thread(target=os.waitid, args=waiting, daemon=True).start()

        return add_and_wait

    name = "_PidfdChildWatcher"
    name = name if hasattr(unix_events, name) else name[1:]
    patch(f"asyncio.unix_events.{name}", add_child_handler=change)


@counterfeit("ACHILD06", where=POSIX)
def only_the_main_thread_has_children():
    """create_subprocess_exec() raises outside the main thread."""

    def change(start):
        async def start_in_main(*arguments, **keywords):
            from threading import current_thread, main_thread

            if current_thread() is not main_thread():
                raise RuntimeError("Cannot add child handler, the child watcher has no loop")
            return await start(*arguments, **keywords)

        return start_in_main

    _starting(change)


def _kill(pid):
    """Kill a child, and return when it has ended."""
    import os
    from contextlib import suppress
    from signal import SIGKILL

    with suppress(ProcessLookupError, ChildProcessError):
        os.kill(pid, SIGKILL)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


@counterfeit("ACHILD07", where=POSIX)
def cancelling_communicate_kills():
    """communicate() kills its child when it is cancelled."""

    def change(communicate):
        async def communicate_or_kill(self, *data):
            from asyncio import CancelledError

            try:
                return await communicate(self, *data)
            except CancelledError:
                _kill(self.pid)
                raise

        return communicate_or_kill

    patch("asyncio.subprocess.Process", communicate=change)


@counterfeit("ACHILD07", where=POSIX)
def cancelling_wait_kills():
    """wait() kills its child when it is cancelled."""

    def change(wait):
        async def wait_or_kill(self):
            from asyncio import CancelledError

            try:
                return await wait(self)
            except CancelledError:
                _kill(self.pid)
                raise

        return wait_or_kill

    patch("asyncio.subprocess.Process", wait=change)


@counterfeit("ACHILD08", where=POSIX)
def a_lost_child_has_succeeded():
    """A child whose status is lost ends with 0."""

    def change(exited):
        return lambda self, code: exited(self, 0 if code == 255 else code)

    patch("asyncio.base_subprocess.BaseSubprocessTransport", _process_exited=change)


@counterfeit("ACHILD09", where=POSIX)
def returncode_polls():
    """Process.returncode looks whether the child has ended."""
    from asyncio.subprocess import Process

    def returncode(self):
        import os

        code = self._transport.get_returncode()
        if code is not None:
            return code
        try:
            looking = os.WEXITED | os.WNOHANG | os.WNOWAIT
            return None if os.waitid(os.P_PID, self.pid, looking) is None else 0
        except ChildProcessError:
            return 0

    Process.returncode = property(returncode)


@counterfeit("ACHILD10", where=POSIX)
def killing_an_ended_child_does_nothing():
    """Process.kill() of a child that has ended does nothing."""

    def change(kill):
        def kill_if_there(self):
            from contextlib import suppress

            with suppress(ProcessLookupError):
                kill(self)

        return kill_if_there

    patch("asyncio.subprocess.Process", kill=change)


@counterfeit("ACHILD11", where=POSIX)
def text_is_ignored():
    """create_subprocess_exec() ignores text=True."""

    def change(start):
        async def start_without(*arguments, text=None, **keywords):
            return await start(*arguments, **keywords)

        return start_without

    _starting(change)


@counterfeit("ACHILD12", where=POSIX)
def asyncio_run_kills_children():
    """asyncio.run() kills the children that are left."""
    import asyncio

    old, pids = asyncio.run, []

    def change(start):
        async def start_and_note(*arguments, **keywords):
            child = await start(*arguments, **keywords)
            pids.append(child.pid)
            return child

        return start_and_note

    def run(main, **keywords):
        try:
            return old(main, **keywords)
        finally:
            for pid in pids:
                _kill(pid)

    _starting(change)
    asyncio.run = run


@counterfeit("ACHILD13", where=POSIX)
def lines_may_be_long():
    """The default limit of a line is 1 MiB."""

    def change(start):
        async def start_with_a_limit(*arguments, limit=2**20, **keywords):
            return await start(*arguments, limit=limit, **keywords)

        return start_with_a_limit

    _starting(change)


@counterfeit("ACHILD14", where=POSIX and VERSION < (3, 16))
def communicate_goes_on_when_it_is_cancelled():
    """A second communicate() of a child without input gets what the first one reads."""

    def change(communicate):
        async def communicate_on(self, *data):
            from asyncio import ensure_future, shield

            if data:
                return await communicate(self, *data)
            if not hasattr(self, "reading"):
                self.reading = ensure_future(communicate(self))
            return await shield(self.reading)

        return communicate_on

    patch("asyncio.subprocess.Process", communicate=change)


@counterfeit("ACHILD14", where=POSIX and VERSION >= (3, 16))
def a_cancelled_communicate_forgets():
    """A cancelled communicate() drops the output that it has kept for the next one."""

    def change(communicate):
        async def communicate_and_forget(self, *data):
            from asyncio import CancelledError

            try:
                return await communicate(self, *data)
            except CancelledError:
                self._stdout_buf = bytearray()
                raise

        return communicate_and_forget

    patch("asyncio.subprocess.Process", communicate=change)


@counterfeit("ACHILD15", where=PIPES)
def wait_looks_at_the_returncode():
    """wait() returns when the child has a returncode."""

    def change(_):
        async def wait(self):
            import asyncio

            while self.returncode is None:
                await asyncio.sleep(0)
            return self.returncode

        return wait

    patch("asyncio.subprocess.Process", wait=change)


@counterfeit("ACHILD15", where=POSIX and not PIPES)
def wait_waits_for_the_pipes():
    """wait() returns when the child's standard output has ended, too."""

    def change(wait):
        async def wait_for_both(self):
            import asyncio

            code = await wait(self)
            while self.stdout is not None and not self.stdout._eof:
                await asyncio.sleep(0)
            return code

        return wait_for_both

    patch("asyncio.subprocess.Process", wait=change)


@counterfeit("ACHILD16", where=POSIX and VERSION < (3, 12))
def communicate_without_input_closes_stdin():
    """communicate() without input sends b"", and closes stdin."""

    def change(communicate):
        return lambda self, data=b"": communicate(self, data)

    patch("asyncio.subprocess.Process", communicate=change)


@counterfeit("ACHILD16", where=POSIX and VERSION >= (3, 12))
def communicate_without_input_leaves_stdin_open():
    """communicate() without input does not look at stdin."""

    def change(feed):
        return lambda self, data: self._noop() if data is None else feed(self, data)

    patch("asyncio.subprocess.Process", _feed_stdin=change)


@counterfeit("ACHILD17", where=LINUX and (3, 12) <= VERSION < (3, 13, 4))
def transports_of_a_closed_loop_go_quietly():
    """A subprocess transport that is dropped after its loop is closed does nothing."""

    def change(close):
        return lambda self: None if self._loop.is_closed() else close(self)

    patch("asyncio.base_subprocess.BaseSubprocessTransport", close=change)


@counterfeit("ACHILD17", where=LINUX and VERSION >= (3, 13, 4))
def transports_of_a_closed_loop_want_it():
    """A subprocess transport that is dropped asks its closed loop to close the pipes."""

    def change(close):
        def close_by_the_loop(self):
            self._loop._check_closed()
            close(self)

        return close_by_the_loop

    patch("asyncio.base_subprocess.BaseSubprocessTransport", close=change)


#: Where a cancelled start of a child waits for pipes that nobody connects.
UNCONNECTED = (3, 11, 1) <= VERSION < (3, 13, 10) or VERSION[:3] == (3, 14, 0)


@counterfeit("ACHILD19", where=POSIX and not UNCONNECTED)
def a_cancelled_start_of_a_child_hangs():
    """A loop that is cancelled while it starts a child waits for ever."""
    import asyncio

    def change(start):
        async def hang(self, *arguments, **keywords):
            try:
                return await start(self, *arguments, **keywords)
            except asyncio.CancelledError:
                await self.create_future()

        return hang

    patch("asyncio.SelectorEventLoop", _make_subprocess_transport=change)


@counterfeit("ACHILD19", where=POSIX and UNCONNECTED)
def a_cancelled_start_of_a_child_ends():
    """Nobody waits for the end of a child whose pipes are not connected."""

    def change(wait):
        async def end(self):
            return None if None in self._pipes.values() else await wait(self)

        return end

    patch("asyncio.base_subprocess.BaseSubprocessTransport", _wait=change)


#: Whether a child that is cancelled while it starts ends twice.
TWICE = (3, 13, 10) <= VERSION < (3, 13, 13) or (3, 14, 1) <= VERSION < (3, 14, 4)


@counterfeit("ACHILD20", where=POSIX and not TWICE)
def a_cancelled_start_of_a_child_ends_twice():
    """Who waits for a child whose pipes are not connected yet is told of its end twice."""

    def change(lose):
        def again(self, error):
            for waiter in self._exit_waiters:
                if not waiter.cancelled():
                    waiter.set_result(self._returncode)
            lose(self, error)

        return again

    def early(finish):
        def finishing(self):
            if self._returncode is not None and None in self._pipes.values():
                for waiter in self._exit_waiters:
                    if not waiter.done():
                        waiter.set_result(self._returncode)
            finish(self)

        return finishing

    patch(
        "asyncio.base_subprocess.BaseSubprocessTransport",
        _call_connection_lost=change,
        _try_finish=early,
    )


@counterfeit("ACHILD20", where=POSIX and TWICE)
def a_cancelled_start_of_a_child_ends_once():
    """Who waits for a child whose start is cancelled is told of its end once."""

    def change(tell):
        def once(self, *error):
            self._exit_waiters = [one for one in self._exit_waiters if not one.done()]
            tell(self, *error)

        return once

    patch(
        "asyncio.base_subprocess.BaseSubprocessTransport",
        _call_connection_lost=change,
        _try_finish=change,
    )
