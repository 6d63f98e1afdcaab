"""Lines that several threads, or processes, write to one place: which stay whole.

Source: https://docs.python.org/3/library/functions.html#print and
https://docs.python.org/3/library/io.html#multi-threading
"""

import io
import socket
from types import SimpleNamespace

from tests.harness import PATIENCE, POSIX, applies, cases, claim, control, refuted
from tests.library.atomicity.racing import ANYWHERE, contend


@claim("PRINT02")
@refuted(because="CPython and PyPy write each argument of print(), each sep and the end by itself")
def test_print_writes_a_line_in_one_call(evidence):
    r"""print(text, file=f) hands f the whole line in one write() call.

    But the text and the newline come in two calls, and print(a, b) in four.  Output of other
    threads may come in between: two lines run together, and an empty line follows.  Write
    f.write(text + "\n"), or print(text + "\n", end="").
    """
    writes = []
    file = SimpleNamespace(write=writes.append)
    print("text", file=file)
    print("a", 1, sep=", ", end=".\n", file=file)
    control("".join(writes) == "text\na, 1.\n", f"printed {writes}")
    assert evidence(writes=writes) == ["text\n", "a, 1.\n"]


@claim("PRINT03")
@refuted(
    where=ANYWHERE,
    because="text and newline are two writes; PyPy and PEP 703's build let other threads between",
)
def test_lines_printed_by_threads_stay_whole(evidence):
    """Lines that several threads print() to one StringIO stay whole.

    CPython happens not to release its GIL between the text and the newline.  On PyPy and on the
    free-threaded build lines run together: "ab" and an empty line for "a" and "b".  Write the line
    with its newline in one call, or use logging, which has a lock.
    """
    page = io.StringIO()

    def whole(done):
        return len(page.getvalue().split()) == done and "\n\n" not in page.getvalue()

    seen = contend(lambda n: print(n, file=page), intact=whole if ANYWHERE else None)
    lines = page.getvalue().split("\n")
    evidence(printed=str(seen))
    control(len(lines) == seen.done + 1, f"{len(lines)} lines of {seen.done}")
    assert sorted(lines) == sorted([*map(str, range(seen.done)), ""])


@claim("PRINT04")
@cases(file=["StringIO", "binary file"])
def test_a_line_written_in_one_call_stays_whole(file, tmp_path, evidence):
    """Lines that threads write() with their newline to one StringIO or binary file stay whole.

    A lock or the GIL protects both.  An io.BytesIO has no lock on 3.13t and 3.14.0t (gh-132551),
    and the buffer of a text file loses and repeats lines of threads on 3.10, before 3.11.10 and
    before 3.12.5 (gh-119506).
    """
    binary = file == "binary file"
    line = (lambda n: b"%d\n" % n) if binary else (lambda n: f"{n}\n")
    with open(tmp_path / "lines", "w+b") if binary else io.StringIO() as page:
        seen = contend(lambda n: page.write(line(n)))
        page.seek(0)
        lines = page.readlines()
    evidence(written=str(seen))
    assert sorted(lines) == sorted(line(n) for n in range(seen.done))


PRINTING = """
for number in range(3):
    print("line", number)
"""


@claim("PRINT05")
@cases(buffering=["buffered", "unbuffered"])
@applies(where=POSIX, because="only POSIX has sockets that a program can print to")
@refuted(
    buffering="unbuffered",
    because="PYTHONUNBUFFERED=1 hands each piece of a line to the operating system: CPython, PyPy",
)
def test_lines_printed_by_processes_to_one_pipe_stay_whole(
    buffering, programs, background, evidence
):
    r"""Lines that several processes print() to one pipe stay whole while they fit into a buffer.

    By default a process buffers what it writes to a pipe, and hands over 8 KiB (since 3.14: 128
    KiB) in one write, which may end in the middle of a line: flush in time (flush=True).  With
    PYTHONUNBUFFERED=1 or -u, common in containers, each argument and each newline is a write, and
    output of other processes comes in between: "line 1line 2" and an empty line.  Write the line
    with its newline in one call: sys.stdout.write(f"{text}\n").
    """
    here, there = socket.socketpair(type=socket.SOCK_DGRAM)  # each write is a message
    with here, there:
        here.settimeout(PATIENCE)
        receiving = background(lambda: [*iter(lambda: here.recv(65536).decode(), "")])
        environ = {"PYTHONUNBUFFERED": "1"} if buffering == "unbuffered" else {}
        program = programs.finish(programs.start(PRINTING, environ=environ, stdout=there))
        there.send(b"")
        writes = receiving.result()
    control((program.exit_code, program.err) == (0, ""), program.err)
    control("".join(writes) == "line 0\nline 1\nline 2\n", f"printed {writes}")
    assert all(write.endswith("\n") for write in evidence(writes=writes))
