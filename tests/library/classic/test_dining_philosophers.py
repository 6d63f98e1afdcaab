"""The dining philosophers: five forks, five philosophers who need two each, and nobody eats.

Source: https://en.wikipedia.org/wiki/Dining_philosophers_problem (E. W. Dijkstra, 1965)
"""

import threading
from contextlib import nullcontext

from tests.harness import GRACE, PATIENCE, claim, never, until

SEATS = 5


class Table:
    """Five forks, and philosophers who wait, with a first fork in hand, until all have one."""

    def __init__(self, background, *, patience):
        self.forks = [threading.Lock() for _ in range(SEATS)]
        self.ate, self._background = [], background
        self._all_have_one, self._patience = threading.Barrier(SEATS), patience

    def left_and_right(self, seat):
        """Return the forks beside this seat."""
        return self.forks[seat], self.forks[(seat + 1) % SEATS]

    def serve(self, order=tuple, waiter=None):
        """Let all five sit down; each takes its two forks in this order, and eats."""

        def dine(seat):
            first, second = order(self.left_and_right(seat))
            with waiter or nullcontext():
                first.acquire()
                self._wait_for_others()
                second.acquire()
                self.ate.append(seat)
                second.release()
                first.release()

        return [self._background(dine, seat) for seat in range(SEATS)]

    def _wait_for_others(self):
        try:
            self._all_have_one.wait(self._patience)
        except threading.BrokenBarrierError:
            pass  # not all five can have one


@claim("CLASSIC08")
def test_five_philosophers_who_take_the_left_fork_starve(background, evidence):
    """If all five philosophers take the left fork first, nobody eats: a deadlock in a circle.

    Each lock is held by one thread and wanted by the next, all around the table.  No two of them
    take the same two locks in opposite order, so it is harder to see than CLASSIC01.
    """
    table = Table(background, patience=PATIENCE)
    diners = table.serve()
    until(lambda: all(fork.locked() for fork in table.forks), "each fork to be taken")
    nobody_eats = never(
        lambda: table.ate or any(diner.finished for diner in diners), during=GRACE / 2
    )
    assert evidence(nobody_eats=nobody_eats) is True
    table.forks[0].release()  # the first philosopher gives up, so that the others can eat
    for diner in diners[1:]:
        diner.result()


@claim("CLASSIC09")
def test_a_fixed_order_of_the_forks_lets_all_eat(background, evidence):
    """If each philosopher takes the fork with the lower number first, all five eat.

    Four take the left fork first, the last one the right: no circle of waiting can close.  This is
    a lock order (CLASSIC02), which works for any number of locks.
    """
    table = Table(background, patience=GRACE)

    def lower_first(forks):
        return sorted(forks, key=table.forks.index)

    for diner in table.serve(lower_first):
        diner.result()
    assert sorted(evidence(ate=table.ate)) == [0, 1, 2, 3, 4]


@claim("CLASSIC10")
def test_a_waiter_who_seats_four_lets_all_eat(background, evidence):
    """If a Semaphore(4) lets four of five philosophers sit down at a time, all five eat.

    With five forks, one of four always gets two.  In general: bound the number of threads that may
    begin to collect locks.
    """
    table = Table(background, patience=GRACE)
    for diner in table.serve(waiter=threading.Semaphore(SEATS - 1)):
        diner.result()
    assert sorted(evidence(ate=table.ate)) == [0, 1, 2, 3, 4]
