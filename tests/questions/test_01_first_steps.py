"""First steps: lists, return values, the order of prints, join and daemons."""

from tests.harness import claim, question


@claim("ASK01")
@question("My processes append to a global list. Why does it print an empty list []?")
def test_my_list_stays_empty_after_the_processes(broken, repaired):
    """A process appends to its own copy of a global list; the list of the parent stays empty.

    Processes share no memory (threads do): a global variable, a list or an attribute that a child
    changes is a copy, and the copy is gone when the child ends.  That is no race condition, so no
    lock helps.

    Instead: let the work return its value, and take the return values from Pool.map() or from
    an executor.  A Queue or a Manager's list carries values between processes, too (7.03).
    """
    assert broken() == ["[]"]
    assert repaired() == ["[0, 1, 4]"]
