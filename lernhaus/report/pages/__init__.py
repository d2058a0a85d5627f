"""The pages of the report, in the order of the navigation."""

from lernhaus.report.pages.course_health import COURSE_HEALTH
from lernhaus.report.pages.data import DATA
from lernhaus.report.pages.engagement import ENGAGEMENT
from lernhaus.report.pages.forum import FORUM
from lernhaus.report.pages.growth import GROWTH
from lernhaus.report.pages.risk import RISK

PAGES = (GROWTH, COURSE_HEALTH, ENGAGEMENT, RISK, FORUM, DATA)
