"""Benchmarks: what each way of doing something costs, grouped so that a table answers a question.

They make no claims, but each checks that what it times has really happened.
"""
