"""Start methods and the main module: the guard, globals, notebooks, prints, and fork on Windows."""

from tests.harness import (
    DEFAULT_START_METHOD,
    FORK,
    PYPY,
    applies,
    cases,
    claim,
    question,
    refuted,
    since,
)

FORKED = "a forked child goes on as a copy of its parent, and imports no main module"

#: From then on the fork server imports the main module once, for all its children (gh-126631).
SERVER_IMPORTS_MAIN = since("3.13.8", "3.14.1")

#: In 3.14 the server dies if that import fails; in 3.15 only the child does (gh-141860).
SERVER_DIES = since("3.14.1") and not since("3.15.0")

start_methods = cases(start=("default", "spawn", "fork"))
where_it_exists = applies(
    because="needs fork, which only POSIX systems have",
    start=("default", "spawn", *(["fork"] if FORK else [])),
)
refuted_by_default = refuted(
    where=DEFAULT_START_METHOD == "fork",
    because=f"fork is the default up to 3.13, but not on macOS and Windows: {FORKED}",
    start="default",
)
refuted_by_fork = refuted(because=FORKED, start="fork")


def is_served(start):
    """Tell whether children come from a fork server here."""
    return start == "default" and DEFAULT_START_METHOD == "forkserver"


@claim("ASK28")
@question(
    "RuntimeError: An attempt has been made to start a new process before the current process has"
    " finished its bootstrapping phase. What does it want?"
)
@start_methods
@where_it_exists
@refuted_by_default
@refuted_by_fork
def test_attempt_to_start_a_process_before_bootstrapping(start, broken, repaired):
    """Each child imports your script, comes to your start() and may start no process from there.

    That is why the script runs over and over again, and why multiprocessing wants if __name__ ==
    "__main__".  On Windows, on macOS, and from Python 3.14 on, a child is a new interpreter, which
    has to import the script to get at your function.  Without the guard that import starts
    processes in turn, infinitely many python.exe, until the computer freezes: a fork bomb, which
    the RuntimeError prevents.  On Linux up to 3.13 fork hides the mistake.  On Windows the parent
    may show nothing but BrokenPipeError: [Errno 32] Broken pipe, as with a DataLoader of PyTorch
    whose num_workers > 0: the guard is the remedy there, too.

    Instead: put everything that starts processes under if __name__ == "__main__": it is executed
    in the parent alone (MAIN01, MAIN02, 4.08).
    """
    error = (
        "RuntimeError: An attempt has been made to start a new process before the current process"
        " has finished its bootstrapping phase."
    )
    end = ["exit code of the child: 1"]
    if is_served(start) and SERVER_DIES:
        end = ["ConnectionResetError: [Errno 104] Connection reset by peer", "exit code 1"]
    assert sorted(broken(start)) == sorted([error, *end])
    assert repaired(start) == ["the child works", "exit code of the child: 0"]


@claim("ASK30")
@question(
    "In Jupyter, at the prompt or with python -c: AttributeError: Can't get attribute 'square' on"
    " <module '__main__' (built-in)>. Why does the child not find my function?"
)
def test_function_of_a_notebook_cannot_be_found(broken, repaired):
    """A function that was typed in is in no file, so no new interpreter can import it.

    A function is pickled as a name: module and function.  The child, started by spawn or by a fork
    server, imports that module, and the main module of a notebook has no file.  start() succeeds;
    the child dies of the AttributeError.  In a Pool each task kills a worker, which is replaced;
    the tasks are lost, and map() hangs.  Since 3.14: "AttributeError: module '__main__' has no
    attribute 'square'".  If the message has '__mp_main__' and the name of a file, the function
    stands under the guard of a script (MAIN13).

    Instead: write the function into a module (in Jupyter: %%writefile squares.py) and import it
    (MAIN03, PICKLE01).
    """
    message = "AttributeError: Can't get attribute 'square' on <module '__main__'"
    if since("3.14.0"):
        message = "AttributeError: module '__main__' has no attribute 'square'"
    assert [line.partition(" (")[0] for line in broken()] == [message]
    assert repaired() == ["9"]


@claim("ASK31")
@question("RuntimeError: context has already been set. But I call set_start_method() only once!")
def test_context_has_already_been_set(broken, repaired):
    """The start method is set once: the first Lock, Queue, Pool or started Process has fixed it.

    A library that you import may have done so, too, or a cell of a notebook that you run again, or
    a child that imports the script, where the call stands outside of the guard.

    Instead: leave the default alone, and take everything from context = get_context("spawn").  In a
    program of your own call set_start_method() first of all under the guard, before any Lock or
    Queue is made (START05, START11).  force=True hides the error, but what was made before does not
    fit: "A SemLock created in a fork context is being shared with a process in a spawn context".
    """
    assert broken() == ["RuntimeError: context has already been set", "exit code 1"]
    assert repaired() == ["done"]


@claim("ASK32")
@question("Why is what I print at the top of my script printed again by every process?")
@start_methods
@where_it_exists
@refuted_by_default
@refuted_by_fork
def test_my_print_appears_in_every_process(start, broken, repaired):
    """Children import the script, so all that stands at its top level is executed again.

    Prints, argparse, input(), an expensive import, the model that is loaded: each spawned child
    does all of it once more, and that is most of the overhead of a process.  A fork server (the
    default on Linux since 3.14) does it once for all its children, since 3.14.1.

    Instead: put under if __name__ == "__main__" what is for the parent alone; at the top leave
    imports, functions and classes (MAIN07, MAIN08).
    """
    again = 1 if is_served(start) and SERVER_IMPORTS_MAIN and not PYPY else 2
    expected = ["reading the settings"] * (1 + again) + ["working"] * 2
    assert sorted(broken(start)) == expected
    assert repaired(start) == ["reading the settings", "working", "working"]


@claim("ASK33")
@question(
    "AttributeError: module 'os' has no attribute 'fork'. It works on Linux; what is there for"
    " Windows instead?"
)
def test_os_has_no_attribute_fork(broken, repaired):
    """Windows cannot copy a process, so os.fork() exists on Linux, macOS and other Unixes only.

    fork() makes a copy of the calling process and returns twice, in the parent with the pid of the
    child, and in the child with 0.  It does not switch between the two: both go on.

    Instead: multiprocessing.Process starts a function in a new process on every system; subprocess
    starts another program (8.01, 8.08, 8.11).
    """
    without = ["AttributeError: module 'os' has no attribute 'fork'", "exit code 1"]
    assert broken() == (["I am the child", "I am the parent"] if FORK else without)
    assert repaired() == ["I am the child", "I am the parent, and the child has ended with 0"]
