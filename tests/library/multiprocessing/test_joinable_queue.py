"""multiprocessing.JoinableQueue: a Queue that counts what is unfinished.

Source: https://docs.python.org/3/library/multiprocessing.html#multiprocessing.JoinableQueue
"""

import multiprocessing
import queue
from contextlib import closing, redirect_stderr
from io import StringIO

from tests.harness import (
    DEFAULT_START_METHOD,
    GRACE,
    PATIENCE,
    claim,
    joined,
    never,
    outcome,
)

#: For what happens inside one process, where the start method plays no part.
here = multiprocessing.get_context(DEFAULT_START_METHOD)


def finish_one_by_one(tasks, report):
    for _ in range(3):
        report.hold(tasks.get(timeout=PATIENCE))
        tasks.task_done()
    report(str(outcome(tasks.task_done)))


@claim("MQ08")
def test_join_waits_for_a_task_done_per_put(ctx, reports, background, evidence):
    """JoinableQueue.join() waits until each put() has had its task_done(); one more: ValueError.

    Whichever process calls it: "task_done() called too many times".
    """
    with closing(ctx.JoinableQueue()) as tasks:
        for task in "abc":
            tasks.put(task)
        worker = ctx.Process(target=finish_one_by_one, args=(tasks, reports.reporter))
        worker.start()
        joining = [background(tasks.join), background(tasks.join)]
        got, early = [], []
        for _ in range(3):
            got.append(reports.next())
            early.append(not never(lambda: any(j.finished for j in joining), during=GRACE / 10))
            reports.release()
        ended = [task.result() for task in joining]
        one_more = [reports.next(), str(outcome(tasks.task_done))]
        exit_codes = joined(worker)
    evidence(got=got, joined_early=early, one_more=one_more)
    assert got == ["a", "b", "c"]
    assert early == [False] * 3
    assert ended == [None, None]
    assert one_more == ["task_done() called too many times"] * 2
    assert exit_codes == [0]


@claim("MQ28")
def test_a_joinable_queue_can_be_joined_again(background, evidence):
    """join() returns at once while nothing is unfinished, and waits again after the next put()."""
    with closing(here.JoinableQueue()) as tasks:
        too_many = [type(outcome(tasks.task_done))]
        waited = []
        background(tasks.join).result()
        for count in (1, 3, 2):
            for task in range(count):
                tasks.put(task)
            joining = background(tasks.join)
            for _ in range(count):
                waited.append(never(lambda: joining.finished, during=GRACE / 15))
                tasks.get(timeout=PATIENCE)
                tasks.task_done()
            joining.result()
            background(tasks.join).result()
            too_many.append(type(outcome(tasks.task_done)))
        evidence(waited=waited, too_many=too_many)
    assert waited == [True] * 6
    assert too_many == [ValueError] * 4


@claim("MQ29")
def test_join_counts_task_done_and_not_get(background, evidence):
    """join() counts calls of task_done(), whether or not anything has been got.

    So a worker that dies, or raises, between get() and task_done() leaves join() waiting for
    ever: call task_done() in a finally block.  And with one call too many somewhere join()
    returns before the work is done.
    """
    with closing(here.JoinableQueue()) as tasks:
        for task in "abc":
            tasks.put(task)
        for _ in "abc":
            tasks.task_done()
        background(tasks.join).result()
        got = [tasks.get(timeout=PATIENCE) for _ in "abc"]
        tasks.put("d")
        got.append(tasks.get(timeout=PATIENCE))
        joining = background(tasks.join)
        waits = never(lambda: joining.finished, during=GRACE / 3)
        tasks.task_done()
        joining.result()
        evidence(got_after_join=got[:3], waits_though_all_is_got=waits)
    assert got == ["a", "b", "c", "d"]
    assert waits


@claim("MQ30")
def test_a_refused_put_is_no_unfinished_task(background, evidence):
    """JoinableQueue(maxsize) is bounded as a Queue is, and a put() that raises Full is no task."""
    with closing(here.JoinableQueue(2)) as tasks:
        tasks.put("a")
        half_full = tasks.full()
        tasks.put_nowait("b")
        refusals = [outcome(tasks.put_nowait, "c"), outcome(tasks.put, "c", timeout=0.01)]
        state = half_full, tasks.full(), tasks.qsize()
        got = [tasks.get(timeout=PATIENCE), tasks.get(timeout=PATIENCE)]
        refusals.append(outcome(tasks.get_nowait))
        tasks.task_done()
        tasks.task_done()
        background(tasks.join).result()
        too_many = outcome(tasks.task_done)
        evidence(refusals=refusals, got=got, too_many=too_many)
    assert state == (False, True, 2)
    assert [type(refusal) for refusal in refusals] == [queue.Full, queue.Full, queue.Empty]
    assert got == ["a", "b"]
    assert type(too_many) is ValueError


class Unpicklable:
    """An item that cannot be pickled."""

    def __reduce__(self):
        raise ValueError("this cannot be pickled")


@claim("MQ31")
def test_a_dropped_item_leaves_join_waiting(background, evidence):
    """An item that cannot be pickled is dropped, but counts: join() waits for ever.

    One would expect that what never arrives need not be finished.  put() counts it as a task;
    its feeder thread drops it later, with no more than a traceback on standard error.
    """
    stderr = StringIO()
    with redirect_stderr(stderr), closing(here.JoinableQueue()) as tasks:
        tasks.put(Unpicklable())
        tasks.put("a")
        got = tasks.get(timeout=PATIENCE)
        tasks.task_done()
        joining = background(tasks.join)
        waits = never(lambda: joining.finished, during=GRACE / 3)
        nothing = tasks.empty()
        tasks.task_done()  # for the dropped one, so that join() ends
        joining.result()
        evidence(got=got, waits=waits)
    assert got == "a"
    assert nothing is True
    assert waits
    assert "this cannot be pickled" in stderr.getvalue()
