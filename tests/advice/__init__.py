"""Which claims concern a project, and at which lines, read from its source alone.

``files`` reads, ``modules`` and ``project`` tell what names stand for, ``starts`` finds what starts
processes, and each module of ``patterns`` looks for what some claims say no longer works.
"""
