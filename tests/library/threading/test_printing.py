"""Printing from several threads to one standard output.

Source: https://docs.python.org/3/library/io.html#multi-threading
"""

from collections import Counter

from tests.harness import PYPY, before, claim, control, refuted

THREADS, LINES = 4, 500

#: So often the threads print at most: now and then none meets another in the middle of a line.
ROUNDS = 5

#: Long lines, so that the buffer is written out, and the GIL let go, many times.
PRINTERS = f"""\
import sys, threading

def write(number):
    everybody.wait()
    for line in range({LINES}):
        print(f"{{number}}:{{line:04}}:" + "x" * 200)

sys.setswitchinterval(1e-6)
everybody = threading.Barrier({THREADS})
for number in range({THREADS}):
    threading.Thread(target=write, args=(number,)).start()
"""


@claim("PRINT01")
@refuted(
    where=before("3.11.10", "3.12.5", "3.13.0") and not PYPY,
    because="3.11.10, 3.12.5 and 3.13 mended TextIOWrapper, which lost what came while it wrote "
    "(gh-119506)",
)
def test_what_several_threads_print_arrives_complete(programs, evidence):
    """What several threads print to one pipe or file arrives complete, if in any order.

    Before 3.11.10, 3.12.5 and 3.13 lines were lost, came twice, or had junk in them: print() is not
    thread-safe there, as the buffer is emptied while another thread adds to it.  Is print() atomic?
    Not even since then: everywhere the prints may be out of order, and the output mixed up: the
    text and the line end of a print() may be apart.  Use one lock, logging, or a single thread that
    prints.  It is the same when you write to the same file from multiple threads: use a Lock, or
    send the lines through a queue to one thread that writes them.
    """
    texts = Counter(f"{number}:{line:04}:" for number in range(THREADS) for line in range(LINES))
    for _ in range(ROUNDS):
        program = programs.run(PRINTERS)
        control((program.exit_code, program.err) == (0, ""), f"it failed: {program.err}")
        control(program.out, "nothing arrived at all")
        arrived = Counter(program.out.replace("\n", "").split("x" * 200))
        lost = sum((texts - arrived).values())
        if lost:
            break
    assert evidence(lost=lost, line_ends=program.out.count("\n")) == (0, THREADS * LINES)
    assert arrived - texts == {"": 1}  # after the last
