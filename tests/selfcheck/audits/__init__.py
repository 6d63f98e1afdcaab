"""Audits of the specs against what they have to cover."""
