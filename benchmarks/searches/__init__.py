"""What benchmarks/sweep.py measures: sweeps from their command to their end."""
