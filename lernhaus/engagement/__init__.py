"""Engagement: how much, how regularly, how timely and how recently a learner takes part in a course run."""
