"""What several modules of this folder need."""

THREADS, PROCESSES = "ThreadPoolExecutor", "ProcessPoolExecutor"
BOTH = (THREADS, PROCESSES)


def patch_executors(kinds, name, change):
    """Replace a method of these kinds of executors by what ``change`` makes of it."""
    import concurrent.futures

    for kind in kinds:
        cls = getattr(concurrent.futures, kind)
        setattr(cls, name, change(getattr(cls, name)))


def change_arguments(kinds, change):
    """Let ``change(number, options)`` change max_workers and the other arguments."""

    def wrap(init):
        def changed(self, max_workers=None, *args, **options):
            init(self, change(max_workers, options), *args, **options)

        return changed

    patch_executors(kinds, "__init__", wrap)


def never_idle(name, kind):
    """Let the executor's count of idle workers stay at none."""

    class Never:
        _value = 0

        def acquire(self, *args, **options):
            return False

        def release(self):
            pass

    def change(init):
        def unaware(self, *args, **options):
            init(self, *args, **options)
            setattr(self, name, Never())

        return unaware

    patch_executors((kind,), "__init__", change)


def patch_submit(kinds, change):
    """Replace submit()."""
    patch_executors(kinds, "submit", change)
