"""Counterfeits for the claims of library/subprocess/test_pipes.py."""

import contextlib
import io
import os
import sys

from .. import counterfeit
from ..facts import POSIX, VERSION
from ..patching import patch

#: Whether subprocess lacks what 3.13.10 and 3.14.1 have mended.
OLD = VERSION < (3, 13, 10) or (3, 14) <= VERSION < (3, 14, 1)


def with_keywords(**changes):
    """Make Popen() take these keywords instead of what it is given."""

    def change(init):
        return lambda self, *args, **keywords: init(self, *args, **{**keywords, **changes})

    patch("subprocess.Popen", __init__=change)


def after_start(do):
    """Call a function with each Popen as soon as its child has started."""

    def change(init):
        def init_and_do(self, *args, **keywords):
            init(self, *args, **keywords)
            do(self)

        return init_and_do

    patch("subprocess.Popen", __init__=change)


@counterfeit("POPEN18", "POPEN19", where=sys.platform == "linux")
def pipes_hold_a_megabyte():
    """A pipe holds sixteen times what it does."""
    with_keywords(pipesize=1 << 20)


@counterfeit("POPEN20", where=POSIX)
def communicate_waits_for_the_child_only():
    """communicate() takes what is in the pipe when the child has ended."""

    def change(communicate):
        def take(self, *args, **keywords):
            if args or keywords or self.poll() is None or not self.stdout:
                return communicate(self, *args, **keywords)
            os.set_blocking(self.stdout.fileno(), False)
            return self.stdout.read(), None

        return take

    patch("subprocess.Popen", communicate=change)


class _Whole(io.BufferedReader):
    def __iter__(self):
        return iter(self.read().splitlines(keepends=True))


@counterfeit("POPEN21", where=POSIX)
def lines_come_at_the_end():
    """The lines of process.stdout are read when the pipe has ended."""

    def replace(process):
        if isinstance(process.stdout, io.BufferedReader):
            process.stdout = _Whole(process.stdout.detach())

    after_start(replace)


class _Closing(io.BufferedWriter):
    written = False

    def write(self, data):
        self.written = True
        return super().write(data)

    def flush(self):
        super().flush()
        if self.written:
            self.written = False
            self.close()


@counterfeit("POPEN22", where=POSIX)
def flushing_stdin_closes_it():
    """process.stdin.flush() is the end of file for the child."""

    def replace(process):
        if isinstance(process.stdin, io.BufferedWriter):
            process.stdin = _Closing(process.stdin.detach())

    after_start(replace)


class _Silent(io.FileIO):
    def write(self, data):
        with contextlib.suppress(BrokenPipeError):
            return super().write(data)
        return len(data)


@counterfeit("POPEN23", where=POSIX)
def a_broken_pipe_is_not_noticed():
    """Writing to a child that has ended does nothing."""

    def replace(process):
        if isinstance(process.stdin, io.FileIO):
            old = process.stdin
            process.stdin = _Silent(os.dup(old.fileno()), "wb")
            old.close()

    after_start(replace)


@counterfeit("POPEN24", where=POSIX)
def pipes_are_inheritable():
    """The parent's end of a child's standard input is inheritable."""
    after_start(lambda process: process.stdin and os.set_inheritable(process.stdin.fileno(), True))


@counterfeit("POPEN25", "POPEN03", where=POSIX)
def what_goes_to_stderr_is_lost():
    """stderr=STDOUT is like DEVNULL."""
    import subprocess

    def change(init):
        def drop(self, *args, **keywords):
            if keywords.get("stderr") == subprocess.STDOUT:
                keywords["stderr"] = subprocess.DEVNULL
            init(self, *args, **keywords)

        return drop

    patch("subprocess.Popen", __init__=change)


@counterfeit("POPEN26", where=POSIX)
def unbuffered_python_buffers():
    """The option -u of Python does nothing."""

    def change(init):
        def drop(self, args, *others, **keywords):
            if isinstance(args, list):
                args = [one for one in args if one != "-u"]
            init(self, args, *others, **keywords)

        return drop

    patch("subprocess.Popen", __init__=change)


@counterfeit("POPEN27", where=POSIX)
def children_ignore_sigpipe():
    """A child ignores SIGPIPE, as its parent does."""
    with_keywords(restore_signals=False)


@counterfeit("POPEN51", where=POSIX and not OLD)
def an_input_ends_early():
    """run() loses the last byte of its input."""

    def change(communicate):
        def shorten(self, given=None, *args, **keywords):
            if isinstance(given, memoryview):
                given = given.cast("B")[:-1]
            return communicate(self, given, *args, **keywords)

        return shorten

    patch("subprocess.Popen", communicate=change)


@counterfeit("POPEN51", where=POSIX and OLD)
def an_input_is_taken_for_bytes():
    """As from 3.13.10 on, a memoryview is sent as one of bytes."""

    def change(communicate):
        def cast(self, given=None, *args, **keywords):
            if isinstance(given, memoryview):
                given = given.cast("B")
            return communicate(self, given, *args, **keywords)

        return cast

    patch("subprocess.Popen", communicate=change)


@counterfeit("POPEN52", where=POSIX and not OLD)
def a_closed_stdin_is_flushed():
    """As up to 3.13.9, communicate() flushes process.stdin, though it is closed."""

    def change(communicate):
        def flush(self, *args, **keywords):
            if self.stdin:
                self.stdin.flush()
            return communicate(self, *args, **keywords)

        return flush

    patch("subprocess.Popen", communicate=change)


@counterfeit("POPEN52", where=POSIX and OLD)
def a_closed_stdin_is_none():
    """communicate() does without process.stdin if it is closed."""

    def change(communicate):
        def forget(self, *args, **keywords):
            if self.stdin and self.stdin.closed:
                self.stdin = None
            return communicate(self, *args, **keywords)

        return forget

    patch("subprocess.Popen", communicate=change)


@counterfeit("POPEN55", where=POSIX)
def an_array_is_sent_as_bytes():
    """communicate() sends all bytes of an array."""

    def change(communicate):
        def send(self, given=None, *args, **keywords):
            if hasattr(given, "tobytes"):
                given = given.tobytes()
            return communicate(self, given, *args, **keywords)

        return send

    patch("subprocess.Popen", communicate=change)
