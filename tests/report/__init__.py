"""The report: what the results of many interpreters say, side by side.

    python -m tests.report [results ...]

Everything in it is made from the files that pytest and pytest-benchmark write.  ``reading`` makes a
``matrix`` of the files (JUnit XML by ``junit``), and ``changes`` compares two interpreters in it.
``overview`` and ``upgrade`` make a ``document`` of that, which ``terminal`` and ``markdown`` write;
``page`` is a rendering of its own.
"""
