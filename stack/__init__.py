"""Starts the real servers and the services on one machine, and stops them without a trace.

`python -m stack up` reads as: `assembly` says what there is, `supervisor` starts it in order.
"""
