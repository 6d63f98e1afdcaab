"""Runs a project's own tests with the behaviour of a later Python switched on.

It needs no pytest, and imports nothing of the project.
"""
