"""Features of what learners write: language, readability, sentiment, questions."""
