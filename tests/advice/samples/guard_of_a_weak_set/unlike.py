import weakref

try:
    from _weakrefset import _IterationGuard
except ImportError:
    _IterationGuard = None


class Kept:
    pass


def count(weak):
    return len(list(weak))


kept = [Kept(), Kept()]
print("ok" if count(weakref.WeakSet(kept)) == 2 else "no")
