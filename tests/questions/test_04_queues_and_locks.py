"""Queues and locks: what hangs, what counts too little, and who may use what."""

from tests.harness import claim, question


@claim("ASK20")
@question("All tasks are done. Why does queue.join() block forever?")
def test_queue_join_blocks_for_ever(broken, repaired):
    """Queue.join() waits for task_done(), which somebody must call after each get().

    join() does not look whether the queue is empty: it counts the items that were put, and
    task_done() counts them down.  A worker that never calls it leaves join() in a deadlock.

    Instead: call task_done() after each item, in a finally block if the work may raise
    (QUEUE04).
    """
    assert broken() == ["done: one", "done: two", "hangs at: tasks.join()"]
    assert repaired() == ["done: one", "done: two", "all done"]
