"""Evaluation of the risk scores on the Open University data set."""
