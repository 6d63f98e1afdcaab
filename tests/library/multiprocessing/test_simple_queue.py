"""multiprocessing.SimpleQueue: a pipe with a lock at each end, and no thread.

Source: https://docs.python.org/3/library/multiprocessing.html#multiprocessing.SimpleQueue
"""

import multiprocessing
from contextlib import closing
from pickle import PicklingError

from tests.harness import (
    DEFAULT_START_METHOD,
    GRACE,
    PYPY,
    before,
    cases,
    claim,
    control,
    joined,
    never,
    outcome,
    refuted,
)

#: For what happens inside one process, where the start method plays no part.
here = multiprocessing.get_context(DEFAULT_START_METHOD)

#: Sixteen times what a pipe holds (64 KiB on Linux).
LARGE = "large" * 200_000

#: Ways to ask for a call that does not wait for ever; a Queue takes them all.
IMPATIENT = {
    "get(timeout=0)": lambda items: items.get(timeout=0),
    "get(block=False)": lambda items: items.get(block=False),
    "put(timeout=0)": lambda items: items.put("item", timeout=0),
    "put(block=False)": lambda items: items.put("item", block=False),
}


@claim("MQ02")
@refuted(
    where=before("3.14.0") and not PYPY,
    because="CPython before 3.14: AttributeError for a local function or lambda (gh-122311)",
)
def test_put_of_a_lambda_raises_pickling_error(background, evidence):
    """SimpleQueue.put() of a lambda raises pickle.PicklingError in the caller.

    put() pickles at once, so that the caller learns of it, and nothing is sent.  But "except
    PicklingError" misses what CPython up to 3.13 raises for a function made in a function:
    AttributeError "Can't get local object 'f.<locals>.<lambda>'" (3.14, "Porting to Python
    3.14").  Instead: catch both, or pass what a module has at its top level.
    """
    with closing(here.SimpleQueue()) as items:
        refusal = outcome(items.put, lambda: None)
        empty = items.empty()
        items.put("next")
        got = items.get()
    evidence(refusal=refusal, then=got)
    control((empty, got) == (True, "next"), f"empty() {empty}, then {got!r}")
    control(
        type(refusal) is AttributeError or isinstance(refusal, PicklingError),
        f"put() should refuse it: {refusal!r}",
    )
    assert isinstance(refusal, PicklingError), repr(refusal)


@claim("MQ11")
def test_simple_queue_takes_the_item_as_it_is(background, evidence):
    """What SimpleQueue.put() has taken is not changed by what happens to the object afterwards.

    put() pickles at once; the put() of a Queue leaves that to a thread.
    """
    letters = ["a"]
    with closing(here.SimpleQueue()) as items:
        items.put(letters)
        letters.append("b")
        items.put(letters)
        letters.clear()
        got = [items.get(), items.get()]
        more = items.empty()
    evidence(got=got)
    assert got == [["a"], ["a", "b"]]
    assert more is True


@claim("MQ13")
@cases(impatient=list(IMPATIENT))
@refuted(because="CPython and PyPy: SimpleQueue.get() takes no argument and put() the item alone")
def test_simple_queue_can_be_asked_not_to_wait(impatient, background, evidence):
    """get() and put() of a SimpleQueue take block and timeout as those of a Queue do.

    TypeError: get() got an unexpected keyword argument 'timeout'.  queue.SimpleQueue does take
    both.  Instead: a Queue.
    """
    with closing(here.SimpleQueue()) as items:
        if impatient.startswith("get"):
            items.put("item")  # so that no call has to wait
        answer = outcome(IMPATIENT[impatient], items)
    evidence(answer=answer)
    control(answer in ("item", None) or type(answer) is TypeError, f"answered {answer!r}")
    assert answer in ("item", None), answer


@claim("MQ24")
def test_a_closed_simple_queue_raises_oserror(background, evidence):
    """After close() put(), get() and empty() of a SimpleQueue raise OSError, not ValueError.

    "handle is closed"; a closed Queue raises ValueError.  close() came in 3.9; it may be repeated.
    """
    items = here.SimpleQueue()
    items.put("lost")
    closed = [items.close(), items.close()]
    # The types alone: a collection that frees the exception of put(), which holds a buffer of its
    # file, warns, or crashes CPython 3.12.1.
    refusals = [
        type(outcome(items.put, "item")),
        type(outcome(items.get)),
        type(outcome(items.empty)),
    ]
    evidence(refusals=refusals)
    assert closed == [None, None]
    assert refusals == [OSError] * 3


@claim("MQ25")
def test_simple_queue_put_blocks_when_the_pipe_is_full(background, evidence):
    """SimpleQueue.put() blocks once the pipe (some 64 KiB) is full, until somebody reads.

    One would expect a queue without a maxsize to take everything.  There is no buffer besides
    the pipe's: a program that puts much before it reads hangs.  Instead: a Queue.
    """
    with closing(here.SimpleQueue()) as items:
        for number in range(10):
            background(items.put, number).result()
        putting = background(items.put, LARGE)
        blocked = never(lambda: putting.finished, during=GRACE / 3)
        got = [background(items.get).result() for _ in range(11)]
        putting.result()
        empty = items.empty()
    evidence(blocked=blocked, got=len(got))
    assert blocked
    assert got == [*range(10), LARGE]
    assert empty is True


#: In no order that a sort restores, some larger than what a pipe takes in one piece.
ITEMS = [(n * 37 % 53, "x" * (n * 37 % 53 * 2_000)) for n in range(53)]


def put_items(items, writer):
    for item in ITEMS:
        items.put((writer, item))


@claim("MQ26")
def test_two_writers_of_a_simple_queue_do_not_mix(ctx, background, evidence):
    """What two processes put into a SimpleQueue at once arrives whole, each one's in order."""
    with closing(ctx.SimpleQueue()) as items:
        child = ctx.Process(target=put_items, args=(items, "child"))
        child.start()
        parent = background(put_items, items, "parent")
        arrived = background(lambda: [items.get() for _ in 2 * ITEMS]).result()
        parent.result()
        exit_codes = joined(child)
        empty = items.empty()
    by_writer = {name: [item for w, item in arrived if w == name] for name in ("child", "parent")}
    evidence(arrived=len(arrived), in_order=[got == ITEMS for got in by_writer.values()])
    assert by_writer == {"child": ITEMS, "parent": ITEMS}
    assert exit_codes == [0]
    assert empty is True


def put_when_told(items, report):
    report.hold("ready")
    items.put("item")
    report(items.empty())


@claim("MQ27")
def test_simple_queue_is_not_empty_when_put_returns(ctx, reports, background, evidence):
    """Once SimpleQueue.put() has returned empty() is False in every process; get() waits for it.

    A Queue gives no such promise: its put() may return before the item is in the pipe.
    """
    with closing(ctx.SimpleQueue()) as items:
        child = ctx.Process(target=put_when_told, args=(items, reports.reporter))
        child.start()
        empty = [reports.next(), items.empty()]
        reports.release()
        empty += [reports.next(), items.empty()]
        got = [background(items.get).result()]
        exit_codes = joined(child)
        empty.append(items.empty())
        getting = background(items.get)
        blocked = never(lambda: getting.finished, during=GRACE / 5)
        items.put("another")
        got.append(getting.result())
    evidence(empty=empty, blocked=blocked, got=got)
    assert empty == ["ready", True, False, False, True]
    assert blocked
    assert got == ["item", "another"]
    assert exit_codes == [0]
