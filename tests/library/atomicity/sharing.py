"""One iterator consumed by several threads, until something goes wrong or has gone well for long.

Where there is no GIL this may crash the interpreter or hang in it, so there it runs in a process
of its own, as a program: ``python sharing.py share KIND``, or ``hammer``, prints what the function
of that name returns.
"""

import itertools
import operator
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[3])] if __name__ == "__main__" else []

from tests.harness import PATIENCE, control  # noqa: E402
from tests.library.atomicity.apart import prepare_to_crash  # noqa: E402
from tests.library.atomicity.racing import plus_one, short_turns, spread_out, together  # noqa: E402

#: By kind, what makes an iterator of n different items.
KINDS = {
    "list": lambda n: iter([*range(n)]),
    "range": lambda n: iter(range(n)),
    "reversed": lambda n: reversed([*range(n)]),
    "set": lambda n: iter({*range(n)}),
    "dict": lambda n: iter(dict.fromkeys(range(n))),
    "enumerate": lambda n: enumerate(range(n)),
    "zip": lambda n: zip(range(n), range(n), strict=True),
    "islice": lambda n: itertools.islice(itertools.count(), n),
    "groupby": lambda n: map(operator.itemgetter(0), itertools.groupby(range(n))),
    "accumulate": lambda n: itertools.accumulate(range(1, n + 1)),
    "generator": lambda n: (number for number in range(n)),
}


def share(kind, *, within=PATIENCE * 0.75):
    """Let threads consume one iterator after another of the kind; return what was seen.

    That is ``(items, updates that the threads' unprotected count lost, what went wrong)``; the
    last is empty if each item was delivered exactly once.  Goes on until the count has lost
    updates, or something has gone wrong, or for so many seconds.
    """
    count = [0]

    def consume(shared, size):
        own = []
        while len(own) <= 2 * size:
            try:
                own.append(next(shared))
            except StopIteration:
                break
            except ValueError:  # a generator that is executing: try again
                continue
            count[0] = plus_one(count[0])
        return own

    items, rounds, wrong = 0, 0, ""
    deadline = time.monotonic() + within
    with short_turns():
        while time.monotonic() < deadline and not wrong:
            wrong = wrong_in_a_round(kind, 3_000, consume)
            items, rounds = items + 3_000, rounds + 1
            if rounds >= 3 and count[0] < items:
                break
    return items, items - count[0], wrong


def hammer(kind, *, within=PATIENCE * 0.75):
    """Do the same as ``share``, at the speed of C and until something goes wrong."""

    def consume(shared, size):
        if kind != "generator":
            return list(itertools.islice(shared, 2 * size))
        own = []
        while True:
            try:
                own.append(next(shared))
            except StopIteration:
                return own
            except ValueError:
                continue

    items, wrong = 0, ""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline and not wrong:
        wrong = wrong_in_a_round(kind, 50_000, consume)
        items += 50_000
    return items, 0, wrong


def wrong_in_a_round(kind, size, consume):
    """Let threads consume one iterator of so many items, and tell what was wrong, if anything."""
    shared = KINDS[kind](size)
    results = together(lambda number: consume(shared, size))
    control(None not in results, "a thread did nothing")
    errors = {repr(one) for one in results if not isinstance(one, list)}
    got = [item for one in results if isinstance(one, list) for item in one]
    if not errors and sorted(got) == sorted(KINDS[kind](size)):
        return ""
    counts = f"{len(got)} delivered, {len(set(got))} different, of {size}"
    return ", ".join([counts, *sorted(errors)])


if __name__ == "__main__":
    prepare_to_crash()
    spread_out()
    print({"share": share, "hammer": hammer}[sys.argv[1]](sys.argv[2]))
