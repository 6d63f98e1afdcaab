"""Readers and writers: many may look at the same time, but who changes something must be alone.

The standard library has no readers-writer lock; a Condition makes one, in some 20 lines
(reading_and_writing.py).

Source: https://en.wikipedia.org/wiki/Readers%E2%80%93writer_lock
"""

import threading

from tests.harness import GRACE, PATIENCE, claim, kinds, never, outcome, until
from tests.library.classic.reading_and_writing import ReadersAndWriters


@claim("CLASSIC14")
def test_readers_are_in_together(background, evidence):
    """A readers-writer lock that is made of a Condition lets all readers in together."""
    shared, inside = ReadersAndWriters(), threading.Barrier(3)

    def read():
        with shared.reading():
            return inside.wait(PATIENCE)

    readers = [background(read) for _ in range(3)]
    met = sorted(reader.result() for reader in readers)
    assert evidence(met_inside=met, left_inside=shared.readers) == ([0, 1, 2], 0)


@claim("CLASSIC14")
def test_a_writer_is_alone(background, evidence):
    """A writer waits until the readers have left, and then readers and writers wait for it.

    Python has no read-write lock (read write lock, shared lock) of its own; this one is mutual
    exclusion for the writer alone.  Where reading is short, a plain Lock is simpler, and faster.
    """
    shared, log = ReadersAndWriters(), []

    def write(name):
        with shared.writing():
            log.append((name, shared.readers, shared.writers))

    def read(name):
        with shared.reading():
            log.append((name, shared.readers, shared.writers))

    with shared.reading():
        first = background(write, "first writer")
        until(lambda: shared.waiting_writers or log, "the writer to come")
        waits_for_the_reader = never(lambda: log, during=GRACE / 4)
    first.result()
    with shared.writing():
        others = [background(write, "second writer"), background(read, "reader")]
        until(lambda: shared.waiting_writers or len(log) > 1, "the writer to come")
        wait_for_the_writer = never(lambda: len(log) > 1, during=GRACE / 4)
    assert kinds(outcome(other.result) for other in others) == ["NoneType"] * 2
    assert evidence(waits=(waits_for_the_reader, wait_for_the_writer)) == (True, True)
    alone = [("first writer", 0, 1), ("reader", 1, 0), ("second writer", 0, 1)]
    assert sorted(evidence(log=log)) == alone


@claim("CLASSIC37")
def test_two_readers_who_both_want_to_write_deadlock(background, evidence):
    """Two readers that both want to write, and stay readers meanwhile, deadlock.

    Each waits until the other one has stopped reading.  A readers-writer lock cannot be upgraded:
    stop reading, start writing, and look again, for somebody else may have written in between.
    """
    shared, both_read, wrote = ReadersAndWriters(), threading.Barrier(2), []

    def upgrade(name):
        shared.start_reading()
        both_read.wait(PATIENCE)
        with shared.writing():
            wrote.append(name)

    readers = [background(upgrade, name) for name in ("one", "the other")]
    until(lambda: shared.waiting_writers == 2 or wrote, "both readers to want to write")
    stuck = never(lambda: wrote, during=GRACE / 4)
    for _ in readers:
        shared.stop_reading()  # in the place of the two
    for reader in readers:
        reader.result()
    assert evidence(stuck=stuck, wrote=sorted(wrote)) == (True, ["one", "the other"])
