"""One container written in C that several threads change, until something goes wrong or not.

This may crash the interpreter, so it is run as a program: ``python changing.py change KIND``, or
``hammer``, prints what the function of that name returns.
"""

import collections
import io
import sys
from pathlib import Path
from xml.etree import ElementTree

sys.path[:0] = [str(Path(__file__).parents[3])] if __name__ == "__main__" else []

from tests.harness import PATIENCE, Inconclusive, control, outcome  # noqa: E402
from tests.library.atomicity.apart import prepare_to_crash  # noqa: E402
from tests.library.atomicity.racing import WORKERS, contend, spread_out  # noqa: E402


def change_dict(items, n):
    """Store under a key that no other thread has, move it as a cache does, and take it away."""
    items[n] = n
    items.move_to_end(n, last=False)
    items.move_to_end(n)
    del items[n]


def change_file(file, n):
    """Write, read, and cut everything off."""
    file.write(b"%50d" % n)
    file.seek(0)
    file.read(3)
    file.truncate(0)


def change_tree(element, n):
    """Add a child that no other thread has, and take it away."""
    child = ElementTree.Element(f"number{n}")
    element.append(child)
    element.remove(child)


#: By kind, what makes a container, and how threads change it.
KINDS = {
    "OrderedDict": (collections.OrderedDict, change_dict),
    "BytesIO": (io.BytesIO, change_file),
    "Element": (lambda: ElementTree.Element("root"), change_tree),
}


def change(kind, *, to_the_end=False):
    """Let threads change one container of the kind; return what was seen, if they live.

    That is ``(changes, updates that the threads' unprotected count lost, what went wrong)``, the
    last an exception, or empty.  Goes on until the count has lost updates, or ``to_the_end``.
    """
    make, step = KINDS[kind]
    container, changed = make(), [[] for _ in range(WORKERS)]

    def work(n):
        step(container, n)
        changed[n % WORKERS].append(n)

    seen = outcome(contend, work, intact=lambda done: to_the_end, within=PATIENCE * 0.4)
    if isinstance(seen, Exception):
        return 0, 0, "" if isinstance(seen, Inconclusive) else repr(seen)
    control(sum(map(len, changed)) == seen.done, "a thread did nothing")
    return seen.done, seen.control_lost, ""


def hammer(kind):
    """Do the same, and go on for as long as nothing goes wrong."""
    return change(kind, to_the_end=True)


if __name__ == "__main__":
    prepare_to_crash(PATIENCE * (0.5 if sys.argv[1] == "hammer" else 10))
    spread_out()
    print({"change": change, "hammer": hammer}[sys.argv[1]](sys.argv[2]))
