"""The pages of the report, in the order of the navigation."""

from lernhaus.report.pages.growth import GROWTH

PAGES = (GROWTH,)
