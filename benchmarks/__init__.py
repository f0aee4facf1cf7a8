"""What a home page, suggestions and a post cost: the whole system as separate processes.

`python -m benchmarks` loads a real follow graph, and prints the plan, latencies and CPU time per
answer of every process.
"""
