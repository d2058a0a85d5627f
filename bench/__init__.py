"""Benchmarks that keep Lernhaus honest: ``python -m bench``, in the folder of the project."""
