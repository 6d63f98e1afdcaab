"""The interactive prompt, notebooks and python -c: a main module that no child can import.

A notebook's cells are executed in a ``__main__`` without a file, as the lines at a prompt are.
What shows a program's output in a window of its own replaces sys.stderr, too.

Source: https://docs.python.org/3/library/multiprocessing.html#using-a-pool-of-workers
"""

import re

from tests.harness import applies, claim, needs_posix, predicts
from tests.library.multiprocessing.starting import needs_a_copy

#: What is typed; the prompt wants an empty line after each block.
PROCESS = """
import multiprocessing
def work():
    print("the child works", flush=True)

child = multiprocessing.get_context({method!r}).Process(target=work)
child.start()
child.join()
print("exit code", child.exitcode, flush=True)
"""
POOL = """
import multiprocessing, os
from concurrent.futures import ProcessPoolExecutor
def work(number):
    return 7 * number

context = multiprocessing.get_context({method!r})
pool = context.Pool(1)
first = {{child.pid for child in multiprocessing.active_children()}}
result = pool.map_async(work, [6])
while first & {{child.pid for child in multiprocessing.active_children()}}:
    result.wait(0.01)

result.wait(0.1)
print("a worker has died, and the result is ready:", result.ready(), flush=True)
pool.terminate()
executor = ProcessPoolExecutor(1, mp_context=context)
print(type(executor.submit(work, 6).exception()).__name__, flush=True)
executor.shutdown()
"""


def printed(program):
    """Return the lines that it printed, without the prompts, and its last error."""
    errors = re.findall(r"^\w+Error: .*", program.err, re.MULTILINE)
    lines = re.sub(r"(>{3,4}|\.{3,4}) ", "", program.out).splitlines()  # PyPy prompts there
    return [line for line in lines if line], errors[-1] if errors else ""


@claim("DEPLOY26")
@predicts("H41")
def test_spawn_does_not_find_the_functions_of_a_prompt(start_method, programs, evidence):
    """A function typed at a prompt or in a notebook can be a target under fork only.

    start() returns, and the child exits with 1: "AttributeError: module '__main__' has no attribute
    'work'", before 3.14 "AttributeError: Can't get attribute 'work' on <module '__main__'" and more
    (up to 3.11 "(built-in)>").  Since 3.14 the default is not fork any more, in Jupyter, IPython
    and python -c (gh-84559).  Instead: put the function into a file and import it, or
    get_context("fork").
    """
    started = programs.start("", options=("-i", "-q", "-"))
    program = programs.finish(started, send=PROCESS.format(method=start_method).encode())
    lines, error = evidence(printed=printed(program)[0], error=printed(program)[1])
    if start_method == "fork":
        assert lines == ["the child works", "exit code 0"]
    else:
        assert lines == ["exit code 1"]
        assert error.startswith("AttributeError: ")
        assert "'work'" in error


@claim("DEPLOY27")
@predicts("H41")
@applies(start_method=("spawn", "forkserver"), because="fork finds the function")
def test_a_pool_hangs_with_the_functions_of_a_prompt(start_method, programs, evidence):
    """A Pool that does not fork hangs with a function of a prompt, a notebook or python -c.

    Each worker that takes a task dies of "AttributeError: ... 'work'" while it unpickles the
    function; the pool starts another one, the task is lost, and map() waits forever: a cell that
    never ends.  ProcessPoolExecutor notices: BrokenProcessPool.  Instead: put the function into a
    file and import it.
    """
    program = programs.run("", options=("-c", POOL.format(method=start_method)))
    lines, error = printed(program)
    assert evidence(printed=lines) == [
        "a worker has died, and the result is ready: False",
        "BrokenProcessPool",
    ]
    assert "'work'" in evidence(error=error)


SHOWING = """
import multiprocessing, sys

class Pane:
    def write(self, text):
        return len(text)

    def flush(self):
        pass

    def fileno(self):
        return -1

def work():
    print("the child works", flush=True)

if __name__ == "__main__":
    sys.stderr = Pane()
    child = multiprocessing.Process(target=work)
    try:
        child.start()
    except ValueError as error:
        print(f"{type(error).__name__}: {error}")
    else:
        child.join()
"""


@claim("DEPLOY42")
@predicts("N139")
@needs_posix
@needs_a_copy
def test_a_process_can_start_where_stderr_has_no_descriptor(programs, evidence):
    """By default a process can be started where sys.stderr.fileno() is -1.

    So it is in text user interfaces (Textual), IDEs and test runners that catch what is printed.
    Under spawn and forkserver start(), Pool() and a Lock raise "ValueError: bad value(s) in
    fds_to_keep": the resource tracker is to inherit that descriptor.  On Linux the default was fork
    until 3.13.  Instead: let fileno() raise OSError, as io.StringIO's does, or start a process
    while sys.stderr is sys.__stderr__.
    """
    program = programs.run(SHOWING)
    assert evidence(printed=program.lines) == ["the child works"]
