"""What the instrument costs, side by side with the alternatives.

Nothing here passes or fails: a benchmark measures and prints. `python -m benchmarks.overhead`.
"""
