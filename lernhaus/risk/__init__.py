"""Risk: the probability, as of a course day, that an enrollment ends in failure or withdrawal."""
