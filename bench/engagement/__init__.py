"""``python -m bench.engagement``: the evidence for the engagement index, from a warehouse into docs/engagement.md."""
