"""The report: what the results of many interpreters say, side by side.

    python -m tests.report [results ...]

A function of the files that pytest and pytest-benchmark write: nothing in it was typed in by hand.
``matrix`` is what they say, ``reading`` makes it out of the files, the other modules show it.
"""
