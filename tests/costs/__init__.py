"""What each way of doing it costs: benchmarks, grouped so that each table answers a question.

They are no claims: nothing here can be false.  Each checks that what it times has happened.
"""
