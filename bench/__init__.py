"""Benchmarks: interleaved repetitions, ratios inside one run, answers checked as well as times."""
