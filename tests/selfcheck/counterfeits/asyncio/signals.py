"""Counterfeits for the claims of library/asyncio/test_signals.py."""

from .. import counterfeit
from ..facts import POSIX, VERSION
from ..patching import patch

HANDLES = VERSION >= (3, 11)


def _on_sigint(change):
    """Change what asyncio.run()'s SIGINT handler does."""
    patch("asyncio.Runner", _on_sigint=change)


@counterfeit("LOOP42", "LOOP43", where=HANDLES)
def ctrl_c_interrupts_at_once():
    """asyncio.run()'s handler raises KeyboardInterrupt at the first Ctrl-C."""

    def change(_handle):
        def interrupt(self, number, frame, main_task):
            raise KeyboardInterrupt

        return interrupt

    _on_sigint(change)


@counterfeit("LOOP42", where=HANDLES)
def ctrl_c_comes_out_as_a_cancellation():
    """asyncio.run() raises CancelledError after Ctrl-C."""

    def change(run):
        def run_and_cancel(self, *args, **kwargs):
            from asyncio import CancelledError

            try:
                return run(self, *args, **kwargs)
            except KeyboardInterrupt:
                if self._interrupt_count < 2:
                    raise CancelledError from None
                raise

        return run_and_cancel

    patch("asyncio.Runner", run=change)


@counterfeit("LOOP43", where=HANDLES)
def a_swallowed_ctrl_c_comes_back():
    """asyncio.run() raises KeyboardInterrupt after any Ctrl-C."""

    def change(run):
        def run_and_raise(self, *args, **kwargs):
            result = run(self, *args, **kwargs)
            if self._interrupt_count:
                raise KeyboardInterrupt
            return result

        return run_and_raise

    patch("asyncio.Runner", run=change)


@counterfeit("LOOP44", where=HANDLES)
def ctrl_c_only_cancels():
    """Every Ctrl-C cancels the main task, and nothing else."""

    def change(handle):
        def cancel(self, number, frame, main_task):
            self._interrupt_count = 0
            handle(self, number, frame, main_task)

        return cancel

    _on_sigint(change)


@counterfeit("LOOP45", where=HANDLES)
def asyncio_run_keeps_its_handler():
    """asyncio.run() leaves its SIGINT handler where it is."""

    def change(run):
        def run_and_keep(self, *args, **kwargs):
            import signal

            before = signal.signal
            last = []

            def note(number, handler):
                last.append(handler)
                return before(number, handler)

            signal.signal = note
            try:
                return run(self, *args, **kwargs)
            finally:
                signal.signal = before
                if last:
                    before(signal.SIGINT, last[0])

        return run_and_keep

    patch("asyncio.Runner", run=change)


@counterfeit("LOOP46", where=POSIX)
def any_loop_handles_signals():
    """add_signal_handler() says nothing outside the main thread."""

    def change(add):
        def add_in_main(self, *arguments):
            from threading import current_thread, main_thread

            if current_thread() is main_thread():
                add(self, *arguments)

        return add_in_main

    patch("asyncio.SelectorEventLoop", add_signal_handler=change)


@counterfeit("LOOP47", where=POSIX)
def every_signal_wakes_the_loop():
    """A running loop is woken by every signal."""

    def change(run):
        def run_and_listen(self):
            import signal
            from threading import current_thread, main_thread

            if current_thread() is main_thread():
                signal.set_wakeup_fd(self._csock.fileno())
            run(self)

        return run_and_listen

    patch("asyncio.BaseEventLoop", run_forever=change)


@counterfeit("LOOP47", where=POSIX)
def a_handler_is_not_run_while_a_loop_sleeps():
    """A signal whose handler signal.signal() has set is ignored."""
    import signal

    set_handler = signal.signal

    def ignore(number, handler):
        return set_handler(number, signal.SIG_IGN if number == signal.SIGUSR1 else handler)

    signal.signal = ignore


@counterfeit("LOOP48", where=POSIX)
def a_loop_sleeps_through_its_signals():
    """A signal for which a loop has a handler does not wake it."""

    def change(add):
        def add_quietly(self, number, callback, *arguments):
            import signal

            signal.signal(number, lambda *_: self.call_soon(callback, *arguments))

        return add_quietly

    patch("asyncio.SelectorEventLoop", add_signal_handler=change)


@counterfeit("LOOP49", where=POSIX)
def a_loop_s_handler_runs_at_once():
    """What add_signal_handler() sets runs as signal.signal()'s handlers do."""

    def change(add):
        def add_at_once(self, number, callback, *arguments):
            import signal

            add(self, number, lambda: None)
            signal.signal(number, lambda *_: callback(*arguments))

        return add_at_once

    patch("asyncio.SelectorEventLoop", add_signal_handler=change)


@counterfeit("LOOP49", where=POSIX)
def removing_a_handler_tells_nothing():
    """remove_signal_handler() returns None."""

    def change(remove):
        def remove_quietly(self, number):
            remove(self, number)

        return remove_quietly

    patch("asyncio.SelectorEventLoop", remove_signal_handler=change)
