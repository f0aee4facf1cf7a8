"""What a home page costs: the whole system as separate processes, a real follow graph, real pages.

`python -m benchmarks` prints the plan, latencies and CPU time per page of every process.
"""
