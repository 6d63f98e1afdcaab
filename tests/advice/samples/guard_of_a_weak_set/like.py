import weakref
from _weakrefset import _IterationGuard  # <-


class Kept:
    pass


def count(weak):
    with _IterationGuard(weak):
        return len([one() for one in weak.data])


kept = [Kept(), Kept()]
print("ok" if count(weakref.WeakSet(kept)) == 2 else "no")
