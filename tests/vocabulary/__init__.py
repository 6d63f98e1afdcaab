"""What claims, verdicts and results are called, for all that reads or writes them.

Specs and their children do not import it.  It needs no pytest.
"""
