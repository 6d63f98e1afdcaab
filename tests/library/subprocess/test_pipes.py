"""The pipes of a Popen: full ones, closed ones, those that others have too, and buffers.

Source: https://docs.python.org/3/library/subprocess.html#subprocess.Popen.communicate
"""

import select
import signal
import subprocess
import tempfile
from array import array

from tests.harness import (
    GRACE,
    PATIENCE,
    before,
    cases,
    claim,
    control,
    joined,
    needs_posix,
    never,
    outcome,
    predicts,
    refuted,
    until,
)
from tests.library.subprocess.tether import GRANDCHILD, tether

every_spec = [needs_posix]

#: A child that writes some four times what a pipe holds (64 KiB on Linux).
MUCH = 300_000
WRITES_MUCH = f"dd if=/dev/zero bs=1000 count={MUCH // 1000} 2>/dev/null"


@claim("POPEN18")
def test_wait_hangs_when_the_childs_pipe_is_full(evidence):
    """wait() with stdout=PIPE is a deadlock if the child writes more than the pipe holds.

    Popen.wait() never returns: the child waits for a reader, and the only reader waits for the
    child; poll() in a loop is the same.  Small outputs go well, so that it shows in production.
    Instead: communicate() or run(), which read while they wait, or stdout=DEVNULL.
    """
    with subprocess.Popen(WRITES_MUCH, shell=True, stdout=subprocess.PIPE) as process:
        error = outcome(process.wait, GRACE)
        printed = process.communicate()[0]
    assert evidence(wait=type(error).__name__) == "TimeoutExpired"
    assert evidence(printed=len(printed), returncode=process.returncode) == (MUCH, 0)


@claim("POPEN19")
def test_reading_one_pipe_hangs_when_the_other_one_is_full(background, evidence):
    """Reading a child's stdout to its end is a deadlock if the pipe of its stderr gets full.

    communicate() reads both side by side.  So does a thread for each; or have one pipe only, by
    stderr=STDOUT.
    """
    script = f"{{ {WRITES_MUCH}; }} >&2; echo last"
    pipes = dict.fromkeys(("stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(["/bin/sh", "-c", script], **pipes) as process:
        reading = background(process.stdout.read)
        hangs = never(lambda: reading.finished)
        on_stderr = process.stderr.read()
        assert evidence(hangs=hangs, then=reading.result()) == (True, b"last\n")
    assert evidence(on_stderr=len(on_stderr)) == MUCH


@claim("POPEN20")
@predicts("H05")
@cases(child=("ends at once", "is killed"))
def test_communicate_waits_for_all_that_have_the_pipe(child, background, evidence):
    """communicate() returns when the last process that has inherited the pipe ends, not the child.

    A child may leave a grandchild behind, such as a daemon, an ssh master or a server that a script
    starts with "&".  It has the same stdout, so there is no end of file, and the hang looks like
    the child's.  So communicate() with a timeout hangs, too: in the communicate() after kill(), as
    the documentation has it.  Instead: give grandchildren another stdout, or kill the whole group
    (POPEN36).
    """
    script = GRANDCHILD + ("exit 0" if child == "ends at once" else "wait")
    with tether() as line:
        process = subprocess.Popen(
            ["/bin/sh", "-c", script], stdout=subprocess.PIPE, **line.streams
        )
        line.ready()
        if child == "is killed":
            process.kill()
        returncode = process.wait(PATIENCE)
        communicating = background(process.communicate)
        waits = never(lambda: communicating.finished)
        line.cut()
        communicating.result()
    assert evidence(ended=returncode, communicate_waits=waits) == (
        0 if child == "ends at once" else -signal.SIGKILL,
        True,
    )


@claim("POPEN21")
def test_a_thread_can_read_lines_while_the_child_runs(background, evidence):
    """A thread that reads process.stdout gets each line when the child writes it.

    That is how to read a subprocess's output line by line in real time, while it runs.  (Does its
    stdout appear only at the end, when the process finishes?  A Python child must flush: POPEN48.)
    Popen's stdout.readline() blocks until there is a line; in a thread it blocks nobody else.  To
    show the live output of a subprocess and also capture it, let the thread print each line and
    append it to a list.  The main thread does something else meanwhile, such as wait(); and since
    the pipe is emptied, wait() is no deadlock.  The thread ends at the end of the pipe.
    """
    lines = []
    script = f"echo first; read line; {WRITES_MUCH}"
    pipes = dict.fromkeys(("stdin", "stdout"), subprocess.PIPE)
    with subprocess.Popen(["/bin/sh", "-c", script], **pipes) as process:
        reading = background(lambda: lines.extend(process.stdout))
        outcome(until, lambda: lines, "the first line")
        while_it_runs = list(lines), process.poll()
        process.stdin.close()
        returncode = process.wait(PATIENCE)
        reading.result()
    assert evidence(lines_and_poll_while_it_runs=while_it_runs) == ([b"first\n"], None)
    assert evidence(returncode=returncode, read=len(b"".join(lines))) == (0, MUCH + len("first\n"))


@claim("POPEN22")
def test_a_child_that_reads_to_the_end_waits_until_stdin_is_closed(background, evidence):
    """A child that reads its standard input to the end waits until the parent closes it.

    Writing and flushing is not enough, so reading its answer is a deadlock: cat, sort or wc answer
    at the end of file.  communicate(input) closes it; otherwise call process.stdin.close().  To
    read from a subprocess without blocking, let a thread put its lines into a queue.Queue.
    """
    pipes = dict.fromkeys(("stdin", "stdout"), subprocess.PIPE)
    with subprocess.Popen(["sort"], **pipes) as process:
        process.stdin.write(b"b\na\n")
        process.stdin.flush()
        reading = background(process.stdout.read)
        waits = never(lambda: reading.finished)
        process.stdin.close()
        assert evidence(waits=waits, then=reading.result()) == (True, b"a\nb\n")


@claim("POPEN23")
def test_writing_to_a_child_that_has_ended_is_a_broken_pipe(evidence):
    """Writing to a child that has ended raises BrokenPipeError, but communicate(input) does not.

    "BrokenPipeError: [Errno 32] Broken pipe" comes from write() or flush(), and once more from
    close() if something is left in the buffer.  communicate(input) and run(input=...) take it that
    the child wanted no more: they drop the rest, and nothing is raised.
    """
    process = subprocess.Popen(["true"], stdin=subprocess.PIPE, bufsize=0)
    process.wait()
    error = outcome(process.stdin.write, b"nobody reads this")
    process.stdin.close()
    done = outcome(subprocess.run, ["true"], input=bytes(MUCH))
    assert evidence(write=f"{type(error).__name__}: {error}") == (
        "BrokenPipeError: [Errno 32] Broken pipe"
    )
    assert evidence(run_returns=getattr(done, "returncode", done)) == 0


@claim("POPEN24")
@refuted(start_method="fork", because="a forked child has a copy of all its parent's descriptors")
def test_closing_stdin_ends_a_child_beside_other_children(ctx, start_method, evidence):
    """Closing process.stdin is the end of file for the child, even if other children run.

    Under fork a Process that was started later has a copy of the pipe, and the child waits until
    that one has ended, too: a deadlock, if each waits for the other.  Under spawn and forkserver,
    and with subprocess, no child gets the pipes of another (PEP 446).
    """
    release = ctx.Event()
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as process:
        other = ctx.Process(target=release.wait, args=(PATIENCE,))
        other.start()
        process.stdin.close()
        returncode = outcome(process.wait, GRACE if start_method == "fork" else PATIENCE)
        release.set()
        joined(other)
    assert evidence(returncode=returncode) == 0


@claim("POPEN24")
def test_closing_stdin_ends_a_child_beside_other_subprocesses(evidence):
    """Closing process.stdin is the end of file for the child, even if other subprocesses run."""
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as process:
        with subprocess.Popen(["cat"], stdin=subprocess.PIPE, close_fds=False):
            process.stdin.close()
            assert evidence(returncode=outcome(process.wait, PATIENCE)) == 0


@claim("POPEN25")
def test_one_pipe_for_both_streams_keeps_their_order(evidence):
    """With stderr=STDOUT what the child writes to both comes in the order of its writes.

    Two pipes lose the order, since nobody can tell which was written first.
    """
    script = "echo 1; echo 2 >&2; echo 3; echo 4 >&2"
    keywords = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    done = subprocess.run(["/bin/sh", "-c", script], **keywords)
    assert evidence(both=done.stdout, stderr=done.stderr) == (b"1\n2\n3\n4\n", None)


PRINTING = """
import sys
print("printed first")
print("printed second", file=sys.stderr)
"""


@claim("POPEN26")
@cases(options={"by default": (), "python -u": ("-u",)})
@refuted(options="by default", because="print() fills a buffer if stdout is no terminal")
def test_a_python_child_prints_to_a_pipe_in_order(options, programs, evidence):
    """What a Python child prints to a pipe comes before what it prints to stderr afterwards.

    By default it comes at the end, or when 8 KiB (since 3.14: 128 KiB) are full: stdout is
    block-buffered if it is a pipe or a file, and stderr is not.  A child that is killed loses what
    is in the buffer.  Instead: python -u, PYTHONUNBUFFERED=1, or print(..., flush=True).
    """
    program = programs.start(PRINTING, options=options, stderr=subprocess.STDOUT)
    lines = programs.finish(program).lines
    control(sorted(lines) == ["printed first", "printed second"], f"it prints both: {lines}")
    assert evidence(order=lines) == ["printed first", "printed second"]


@claim("POPEN27")
@cases(restore_signals=(True, False))
def test_a_child_whose_reader_has_gone_is_ended_by_sigpipe(restore_signals, evidence):
    """A child that writes to a pipe whose reader has gone is ended by SIGPIPE: returncode -13.

    Python ignores SIGPIPE, which children would inherit; Popen restores the default, as shells have
    it in "yes | head".  With restore_signals=False the child gets an error from write() instead,
    and may go on for ever.
    """
    pipes = dict.fromkeys(("stdin", "stdout"), subprocess.PIPE)
    command = ["/bin/sh", "-c", "read line; echo nobody reads this; exit 3"]
    process = subprocess.Popen(
        command, **pipes, stderr=subprocess.DEVNULL, restore_signals=restore_signals
    )
    process.stdout.close()
    process.stdin.close()
    expected = -signal.SIGPIPE if restore_signals else 3
    assert evidence(returncode=process.wait(PATIENCE)) == expected


INTS = array("i", range(100_000))


def received_of(data):
    """Return how many bytes a child receives as its input; it writes only when it has read all."""
    done = subprocess.run(["wc", "-c"], input=data, stdout=subprocess.PIPE)
    control(done.returncode == 0, f"the child ends well: {done.returncode}")
    return int(done.stdout)


@claim("POPEN51")
@predicts("N95")
@refuted(
    where=before("3.13.10", "3.14.1"),
    because="gh-134453: before 3.13.10 and 3.14.1 it took a number of bytes for one of items",
)
def test_an_input_of_wide_items_is_sent_whole(evidence):
    """run(input=) sends all bytes of a memoryview of ints to the child.

    Up to 3.13.9 and 3.14.0 the input is truncated on POSIX, without an error, if it has more than
    4096 items (on macOS 512) and the child's output is a pipe, too: parts are missing, or, with a
    child such as cat, it hangs, a deadlock.  It is the same with communicate(input).  Instead:
    input=data.tobytes(), or memoryview(data).cast("B").
    """
    received = received_of(memoryview(INTS))
    assert evidence(received=received) == evidence(bytes=len(INTS.tobytes()))


@claim("POPEN52")
@predicts("N96")
@cases(text=(False, True))
@refuted(
    where=before("3.13.10", "3.14.1"),
    text="False",
    because="gh-74389: before 3.13.10 and 3.14.1 it flushed what was closed",
    by="ValueError: flush of closed file",
)
@refuted(
    where=before("3.13.10", "3.14.1"),
    text="True",
    because="gh-74389: before 3.13.10 and 3.14.1 it flushed what was closed",
    by="ValueError: I/O operation on closed file",
)
def test_communicate_can_be_called_when_stdin_is_closed(text, evidence):
    """communicate() may be called when the program itself has closed process.stdin.

    Up to 3.13.9 and 3.14.0 it raises "ValueError: flush of closed file", or in text mode
    "ValueError: I/O operation on closed file.", if there is another pipe or a timeout, and the
    output is not read.  Instead: leave it to communicate() to close stdin, or set process.stdin to
    None after you have closed it.
    """
    pipes = dict.fromkeys(("stdin", "stdout"), subprocess.PIPE)
    with subprocess.Popen(["cat"], text=text, **pipes) as process:
        process.stdin.write("hello" if text else b"hello")
        process.stdin.close()
        output = process.communicate()[0]
    assert evidence(output=output) == ("hello" if text else b"hello")


@claim("POPEN55")
def test_an_array_of_ints_is_truncated_as_input(evidence):
    """run(input=data) sends only a part of an array.array of ints to the child, without an error.

    communicate() counts bytes where it should count items, on POSIX.  So a NumPy array that is
    passed as input is truncated, too.  Up to 4096 items (on macOS 512) go well, and so does all if
    the child's output is no pipe.  A memoryview of it is sent whole since 3.13.10 and 3.14.1
    (POPEN51).  Instead: input=data.tobytes().
    """
    whole = received_of(INTS.tobytes())
    control(whole == len(INTS.tobytes()), f"all bytes of a bytes object are sent, not {whole}")
    few = INTS[: select.PIPE_BUF]
    assert evidence(of_few=received_of(few)) == len(few.tobytes())
    with tempfile.TemporaryFile() as file:
        subprocess.run(["wc", "-c"], input=INTS, stdout=file)
        file.seek(0)
        assert evidence(beside_a_file=int(file.read())) == whole
    assert 0 < evidence(received=received_of(INTS)) < evidence(bytes=whole)
