"""Printing from several threads to one standard output.

Source: https://docs.python.org/3/library/io.html#multi-threading
"""

from collections import Counter

from tests.harness import PYPY, before, claim, control, refuted, since

THREADS, LINES = 4, 500

#: Long lines, so that the buffer is written out, and the GIL let go, many times.
PRINTERS = """\
import sys, threading

def write(number):
    everybody.wait()
    for line in range({lines}):
        print(f"{{number}}:{{line:04}}:" + "x" * 200)

sys.setswitchinterval(1e-6)
everybody = threading.Barrier({threads})
threads = [threading.Thread(target=write, args=(number,)) for number in range({threads})]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


@claim("Z01")
@refuted(
    where=(before("3.11.10") or (since("3.12.0") and before("3.12.4"))) and not PYPY,
    because="3.11.10, 3.12.4 and 3.13 mended TextIOWrapper, which lost what came while it wrote "
    "(gh-119506)",
)
def test_what_several_threads_print_arrives_complete(programs, evidence):
    """What several threads print to one pipe or file arrives complete, if in any order.

    Before 3.11.10 and 3.12.4 lines were lost, came twice, or had junk in them: the buffer was
    emptied while another thread added to it.  Everywhere the text and the line end of a print() may
    be apart.  Use one lock, logging, or a single thread that prints.
    """
    program = programs.run(PRINTERS.format(threads=THREADS, lines=LINES))
    control((program.exit_code, program.err) == (0, ""), f"it failed: {program.err}")
    complete = Counter(
        f"{number}:{line:04}:" + "x" * 200 for number in range(THREADS) for line in range(LINES)
    )
    # The line ends may be anywhere between the texts.
    arrived = Counter(
        program.out.replace("\n", "").replace("x" * 200, "x" * 200 + "\n").split("\n")
    )
    arrived -= Counter({"": 1})
    evidence(lost=sum((complete - arrived).values()), of=THREADS * LINES)
    control(len(program.out) > 0, "nothing arrived at all")
    assert arrived == complete
    assert program.out.count("\n") == THREADS * LINES
