"""What several modules of this folder need."""

from ..facts import FORKS_BY_DEFAULT


def start_the_other_way(concerned):
    """Let the default be forkserver where it is fork, and the other way, for these processes."""
    from multiprocessing import context

    start = context.Process._Popen
    other = context.ForkServerProcess if FORKS_BY_DEFAULT else context.ForkProcess

    def start_or_other(process):
        return (other._Popen if concerned(process) else start)(process)

    context.Process._Popen = staticmethod(start_or_other)


def convert(place, name, raised, into):
    """Let a method that raises the one exception raise another one, with the same message."""
    from importlib import import_module

    module, _, one = place.rpartition(".")
    owner = getattr(import_module(module), one)
    method = getattr(owner, name)

    def converting(*arguments, **keywords):
        try:
            return method(*arguments, **keywords)
        except raised as error:
            raise into(str(error)) from None

    setattr(owner, name, converting)
