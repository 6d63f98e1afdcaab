"""The eight sections of the notes, in their order: every claim of theirs, executed.

A spec reads from the top: the claim, why it is so, what is done, and the outcome, which stands in
its assertions.  What a spec calls follows it; what several specs call stands at the end of the
file.  Specs of one id decide parts of one claim.  The words of the specs:

ctx, start_method    multiprocessing as each way to start a child has it: fork, spawn, forkserver
reports              a channel from children: ``next()`` and ``collect(3)`` return what they told
reports.reporter     the child's end: ``report(x)`` tells x; ``report.hold(x)`` tells x, and waits
reports.release()    lets the children that wait in ``hold`` go on
background(f, x)     calls ``f(x)`` in a thread; ``.result()`` waits for what it returns, or raises
programs.run(text)   runs a program in a fresh interpreter: ``.lines`` it printed, ``.exit_code``
programs.call(f, x)  returns what ``f(x)`` returns in a fresh interpreter; ``once`` asks only once
pool, workers        a Pool of five, and the pids of its processes; ``new_pool(n)`` makes one of n
manager              a multiprocessing.Manager, which runs already
speedup              times two threads, two processes, and one after the other, in turns, until sure
started, joined      start all of them; join all: exit codes, ``joined(child) == [0]`` is a good end
outcome(f, x)        what ``f(x)`` returns, or the exception that it raises; ``kinds`` names types
until, never         wait until it is true; watch that it stays false for a short time (GRACE)
PATIENCE, GRACE      20 s, in which all happens that must; 0.1 s, in which nothing may happen
control(fact, ...)   what must be so before the claim can be decided; if not, the spec is in error
evidence(name=x)     records x, to be shown in the report, and returns it, to be asserted
@refuted, @applies   where the claim is false, which must be seen; where there is something to run
"""
