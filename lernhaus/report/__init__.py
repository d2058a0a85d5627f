"""The report: a static site with pictures of a published file, made of its marts."""

from lernhaus.report.data import OtherVersionError
from lernhaus.report.site import Report, make_report
from lernhaus.report.texts import LANGUAGES

__all__ = ["LANGUAGES", "OtherVersionError", "Report", "make_report"]
