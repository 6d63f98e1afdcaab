"""sched: a scheduler of events beside threads.

Source: https://docs.python.org/3/library/sched.html
"""

import sched

from tests.harness import claim


@claim("STDLIB49")
def test_a_waiting_scheduler_overlooks_an_earlier_event(background, evidence):
    """A scheduler that waits for its next event overlooks an earlier one that a thread enters.

    sched is thread-safe, but enter() does not wake run(), which sleeps until the event that was
    first when it began: the new one comes late.  Call run(blocking=False) in short steps, or use
    threading.Timer or asyncio.
    """
    now, ran = [0.0], []

    def wait(seconds):
        if seconds > 1:
            background(scheduler.enterabs, 5, 0, lambda: ran.append(("early", now[0]))).result()
        now[0] += seconds

    scheduler = sched.scheduler(lambda: now[0], wait)
    scheduler.enterabs(60, 0, lambda: ran.append(("late", now[0])))
    scheduler.run()
    assert evidence(ran=ran) == [("early", 60.0), ("late", 60.0)]
