"""What specs share is whole, or is made anew."""

from multiprocessing import dummy

from tests.plugins.pools import StartedPool


def test_a_pool_of_threads_that_was_terminated_is_not_intact():
    started = StartedPool.of(dummy, 2)
    before = started.intact
    started.pool.terminate()
    after = started.intact
    started.end()
    assert (before, after) == (True, False)
