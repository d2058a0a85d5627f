"""Lernhaus: the library behind the warehouse's Python models and its command line."""

__version__ = "0.1.0"
