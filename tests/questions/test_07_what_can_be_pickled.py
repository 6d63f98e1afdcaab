"""What can be pickled, and so be sent to another process: functions, objects, exceptions."""

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

PICKLES_NOTHING = "a forked child has its target and its arguments without pickling"


def told(lines):
    """Return the lines without those by which 3.14 tells what holds the thing it cannot pickle."""
    return [line for line in lines if not line.startswith("when serializing ")]


@claim("ASK34")
@question(
    "_pickle.PicklingError: Can't pickle <function <lambda>>. Can't I pass a lambda to Pool.map()?"
)
def test_pool_map_refuses_my_lambda(broken, repaired):
    """A task goes to the worker by pickle, as its name; a lambda has no name to be found by.

    All lambdas are called "<lambda>", and a module has no such attribute: up to 3.13 "attribute
    lookup <lambda> on __main__ failed", since 3.14 "it's not found as __main__.<lambda>".  That is
    so under every start method, also with ProcessPoolExecutor and imap(); a thread pool takes
    lambdas.

    Instead: def a function at the top level of the module; for fixed arguments use
    functools.partial (POOL19, PEXEC14, PICKLE04).
    """
    reason = "attribute lookup <lambda> on __main__ failed"
    if PYPY or since("3.14.0"):
        reason = "it's not found as __main__.<lambda>"
    error = f"_pickle.PicklingError: Can't pickle <function <lambda> at 0x...>: {reason}"
    cause = ["AttributeError: module '__main__' has no attribute '<lambda>'"]
    assert told(broken()) == [*(cause if since("3.14.0") else []), error, "exit code 1"]
    assert repaired() == ["[0, 1, 4]"]


@claim("ASK35")
@question(
    "AttributeError: Can't pickle local object 'main.<locals>.greet', and on Windows at the end"
    " EOFError: Ran out of input. What do they mean?"
)
@cases(start=("default", "spawn", "fork"))
@applies(
    because="needs fork, which only POSIX systems have",
    start=("default", "spawn", *(["fork"] if FORK else [])),
)
@refuted(
    where=DEFAULT_START_METHOD == "fork",
    because=f"fork is the default up to 3.13, but not on macOS and Windows: {PICKLES_NOTHING}",
    start="default",
)
@refuted(because=PICKLES_NOTHING, start="fork")
def test_function_in_a_function_cannot_be_pickled(start, broken, repaired):
    """A function inside of a function has no name that another process could import.

    So spawn and the fork server (the default since 3.14) cannot send it: "Can't pickle local
    object" up to 3.12.4, then "Can't get local object", and "_pickle.PicklingError: Can't pickle
    local object <function ...>" since 3.14.  On Windows the child has been started by then and
    waits for the rest of the pickle: its EOFError "Ran out of input" is a second traceback, the
    consequence; the first one tells the mistake.

    Instead: def the function at the top level, and pass in args what it took from its surroundings
    (PICKLE03, GIVE01, GIVE02).
    """
    error = "AttributeError: Can't pickle local object 'main.<locals>.greet'"
    if PYPY:
        greet = "main.<locals>.greet"
        error = f"_pickle.PicklingError: Can't pickle <function {greet} at 0x...>: it's not found"
        error += f" as __main__.{greet}"
    elif since("3.14.0"):
        error = "_pickle.PicklingError: Can't pickle local object <function main.<locals>.greet at"
        error += " 0x...>"
    elif since("3.12.5", "3.13.0"):
        error = "AttributeError: Can't get local object 'main.<locals>.greet'"
    lines = told(broken(start))
    assert [line for line in lines if line != "EOFError: Ran out of input"] == [
        error,
        "exit code 1",
    ]
    assert repaired(start) == ["hello from the child"]


@claim("ASK36")
@question(
    "TypeError: cannot pickle '_thread.lock' object. I send only a method of my object to the pool?"
)
def test_method_of_an_object_with_a_lock(broken, repaired):
    """A method is sent together with its object, and the object has a lock in it.

    A lock, a thread, an open file, a database connection, a logger's handler or a generator belongs
    to its process and cannot be pickled.  Often it hides in an attribute, here in self.lock (since
    3.14 notes below the error tell where).  Even if it works, all of self is copied for each task,
    and what a task changes in self is changed in the copy.

    Instead: make the task a function, and send it just the data that it needs.  Or leave the lock
    out in __getstate__(), or make it in the worker, in the initializer (PICKLE05, GIVE04, GIVE05).
    """
    error = "TypeError: cannot pickle '_thread.lock' object"
    if PYPY:
        error = "_pickle.PicklingError: Can't pickle <class '_thread.lock'>: it's not found as"
        error += " _thread.lock"
    assert told(broken()) == [error, "exit code 1"]
    assert repaired() == ["[2, 3]"]


@claim("ASK37")
@question(
    "My own exception in a task: TypeError: __init__() missing 1 required positional argument, and"
    " then the pool hangs. Why?"
)
def test_my_own_exception_makes_the_pool_hang(broken, repaired):
    """An exception is pickled with what super().__init__() got, and made again from that.

    The worker sends OutOfStock("only 2 of pears"), and the parent calls OutOfStock with this one
    argument, where two are required.  The TypeError ends the thread of the pool that takes in the
    results, so no result comes any more, and get() waits forever.  A ProcessPoolExecutor raises
    BrokenProcessPool instead.

    Instead: pass all arguments on to super().__init__() and make the text in __str__(); or define
    __reduce__() (POOL01, PEXEC06, PICKLE14).
    """
    assert broken() == [
        "Exception in thread Thread-3 (_handle_results):",
        "TypeError: OutOfStock.__init__() missing 1 required positional argument: 'number'",
        'hangs at: pool.apply(order, ["pears"])',
    ]
    assert repaired() == ["out of stock: only 2 of pears"]
