"""The reasons of `rpt_forum_attention` are those cues of the text features that speak for a score."""

from __future__ import annotations

import re

from conftest import PROJECT

from lernhaus.nlp import confusion, questions, urgency

# too common, or too weak, to tell anybody why
SILENT = {"urgency:course_matter", "confusion:why"}


def test_every_cue_that_tells_something_has_a_reason() -> None:
    model = (PROJECT / "models/marts/reporting/rpt_forum_attention.sql").read_text(encoding="utf-8")
    told = set(re.findall(r"'((?:urgency|confusion|question):\w+)'", model))
    known = {cue.name for module in (confusion, urgency) for cue in module._FOR} | set(questions.CUE_WEIGHTS)
    assert told == known - SILENT
