"""Upgrading: what a newer release, or a free-threaded build, says or does to a program that ran."""

from tests.harness import (
    NO_GIL,
    PYPY,
    Inconclusive,
    applies,
    before,
    claim,
    needs_fork,
    question,
    refuted,
)


@claim("ASK46")
@question(
    "DeprecationWarning: This process (pid=4711) is multi-threaded, use of fork() may lead to"
    " deadlocks in the child. Since 3.12. What should I do?"
)
@needs_fork
@refuted(
    where=PYPY or before("3.12.0"), because="3.12 added the warning (gh-100228); PyPy has none"
)
def test_warning_that_fork_may_lead_to_deadlocks(broken, repaired):
    """fork() copies only the thread that calls it, but all locks: what others hold stays locked.

    A lock that another thread holds at that moment is never released in the child: if the child
    wants it, for logging, for an import, it hangs, once in a thousand runs.  So a Pool or a
    ProcessPoolExecutor in a fork context deadlocks now and then.  The danger is old; 3.12 only says
    it.  The other thread may be one that you did not start, of a library (numpy, grpc) or of a
    pool.

    Instead: start children by spawn or forkserver (the default since 3.14), or fork before the
    first thread starts (FORK01, FORK21, FORK26).
    """
    warning = (
        "DeprecationWarning: This process (pid=N) is multi-threaded, use of fork() may lead to"
        " deadlocks in the child."
    )
    assert sorted(broken()) == [warning, "the child works"]
    assert repaired() == ["the new interpreter works"]


@claim("ASK47")
@question(
    "In free-threaded Python my count is too small. It was always right; is count += 1 wrong?"
)
@applies(where=not PYPY, because="PyPy may switch threads within count += 1, or may not")
def test_counter_is_too_small_without_the_gil(broken, repaired):
    """count += 1 reads, adds, writes: without the GIL two threads do so at once, a count is lost.

    That is a race condition, and was one before: since 3.10 CPython's GIL just happens not to
    change hands within these steps, which nobody promises.  Call a function between read and write
    (count = count + step()), and updates get lost with the GIL as well.

    Instead: with lock: around the whole of it, in each thread that changes the count.  The lock
    makes it thread-safe in every build (ATOM12, ATOM16, ATOM19).
    """
    lines = broken()
    if NO_GIL and lines == ["too small: False"]:
        raise Inconclusive("in 20 rounds no two threads came to one count at the same time")
    assert lines == [f"too small: {NO_GIL}"]
    assert repaired() == ["count: 20000"]
