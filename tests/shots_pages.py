"""The pages that `make shots` shows beside every address without parameters: those of one thing, by a role and a link.

Each entry is a name, the demo person's title, the page to open, and a pattern of the address of the link to follow
from there (empty: the page itself). Rooms add their own lines.
"""

from __future__ import annotations

from typing import NamedTuple


class Example(NamedTuple):
    name: str
    person: str
    page: str
    follow: str = ""
    onward: str = ""  # added to the address that was followed


EXAMPLES: tuple[Example, ...] = (
    Example("resident-case", "林女士", "/cases/mine/", r"^/cases/[^/]*\d[^/]*/$"),
    Example("resident-receipt", "林女士", "/cases/mine/", r"^/cases/[^/]*\d[^/]*/$", "receipt/"),
    Example("resident-announcement", "林女士", "/bulletin/", r"^/bulletin/\d+/$"),
    Example("resident-ask", "林女士", "/assistant/"),
    Example("resident-person", "林女士", "/assistant/person/"),
    Example("resident-ask-eligible", "林女士", "/assistant/eligible/?item=gaoling-jintie"),
    Example("desk-talk", "周敏", "/assistant/desk/?tab=closed", r"^/assistant/desk/\d+/$"),
    Example("desk-gap", "周敏", "/assistant/desk/gaps/", r"^/assistant/desk/gaps/\d+/$"),
    Example("desk-policy-room", "周敏", "/desk/policy/?room=repairs"),
    Example("desk-case", "何静", "/desk/cases/", r"^/desk/cases/[^/]*\d[^/]*/$"),
    Example("desk-routing-table", "吴书记", "/requests/desk/routing/", r"^/requests/desk/routing/\d+/$"),
    Example("desk-announcement", "周敏", "/bulletin/desk/", r"^/bulletin/desk/\d+/$"),
    Example("elder-quote", "王阿姨", "/", r"^/cases/[^/]*\d[^/]*/$"),
    Example("resident-way", "林女士", "/access/way/"),
    Example("resident-access-facility", "林女士", "/access/facilities/?need=manual", r"^/access/facilities/\d+/$"),
    Example("desk-access-path", "周敏", "/access/desk/paths/", r"^/access/desk/paths/\d+/$"),
    Example("desk-access-facility", "周敏", "/access/desk/", r"^/access/desk/facilities/\d+/$"),
    Example("resident-need", "林女士", "/timebank/wanted/", r"^/timebank/needs/\d+/$"),
    Example("resident-service", "林女士", "/timebank/services/", r"^/timebank/services/\d+/$"),
    Example("elder-confirm", "王阿姨", "/timebank/", r"^/timebank/services/\d+/confirm/$"),
    Example("desk-need", "周敏", "/timebank/desk/", r"^/timebank/desk/needs/\d+/$"),
    Example("desk-volunteer", "周敏", "/timebank/desk/volunteers/", r"^/timebank/desk/volunteers/\d+/$"),
    Example("resident-meal", "林女士", "/kitchen/", r"^/kitchen/menus/\d+/$"),
    Example("carrier-round", "林女士", "/kitchen/", r"^/kitchen/rounds/\d+/$"),
    Example("resident-gift", "林女士", "/kitchen/give/", r"^/kitchen/give/\d+/$"),
    Example("desk-meal", "周敏", "/kitchen/desk/", r"^/kitchen/desk/menus/\d+/$"),
    Example("desk-lot", "周敏", "/kitchen/desk/stock/", r"^/kitchen/desk/stock/\d+/$"),
    Example("desk-welfare-alert", "周敏", "/kitchen/desk/", r"^/kitchen/desk/alerts/\d+/$"),
    Example("desk-recall", "周敏", "/kitchen/desk/recalls/", r"^/kitchen/desk/recalls/\d+/$"),
    Example("resident-spot", "林女士", "/children/places/", r"^/children/places/\d+/$"),
    Example("resident-way-to-school", "林女士", "/children/ways/", r"^/children/ways/\d+/$"),
    Example("resident-book", "林女士", "/children/library/", r"^/children/library/\d+/$"),
    Example("resident-child", "林女士", "/children/care/", r"^/children/care/child/\d+/$"),
    Example("resident-care-group", "林女士", "/children/care/", r"^/children/care/group/\d+/$"),
    Example("desk-spot", "周敏", "/children/desk/", r"^/children/desk/places/\d+/$"),
    Example("desk-care-group", "周敏", "/children/desk/care/", r"^/children/desk/care/group/\d+/$"),
    Example("carer-today", "周敏", "/children/desk/", r"^/children/care/today/\d+/$"),
    Example("resident-number", "林女士", "/window/", r"^/window/hall/[^/]+/$"),
    Example("call-screen", "周敏", "/window/desk/", r"^/window/screen/[^/]+/$"),
    Example("kiosk", "周敏", "/window/desk/", r"^/window/kiosk/[^/]+/$"),
    Example("desk-counter", "周敏", "/window/desk/", r"^/window/desk/counter/\d+/$"),
    Example("desk-home-visit", "周敏", "/window/desk/visits/", r"^/window/desk/visits/\d+/$"),
    Example("resident-activity", "林女士", "/activities/?q=剪纸", r"^/activities/\d+/$"),
    Example("resident-festival", "林女士", "/activities/?kind=festival", r"^/activities/\d+/$"),
    Example("resident-programme", "林女士", "/activities/?kind=festival", r"^/activities/\d+/$", "programme/"),
    Example("resident-gallery", "林女士", "/activities/?past=1", r"^/activities/\d+/$"),
    Example("resident-club", "林女士", "/activities/clubs/", r"^/activities/clubs/\d+/$"),
    Example("resident-call", "林女士", "/activities/works/", r"^/activities/works/\d+/$"),
    Example("resident-wall", "林女士", "/activities/works/", r"^/activities/works/\d+/$", "wall/"),
    Example("resident-vote", "林女士", "/activities/works/", r"^/activities/works/\d+/$", "vote/"),
    Example("desk-activity", "周敏", "/activities/desk/", r"^/activities/desk/\d+/$"),
    Example("desk-permit", "周敏", "/activities/desk/permits/", r"^/activities/desk/\d+/permit/$"),
    Example("desk-call", "周敏", "/activities/desk/works/", r"^/activities/desk/works/\d+/$"),
    Example("resident-inquiry", "林女士", "/forms/", r"^/forms/i/\d+/$"),
    Example("desk-form", "吴书记", "/forms/desk/", r"^/forms/desk/\d+/$"),
    Example("desk-form-draft", "吴书记", "/forms/desk/", r"^/forms/desk/\d+/$", "draft/"),
    Example("desk-form-text", "吴书记", "/forms/desk/", r"^/forms/desk/\d+/$", "draft/text/"),
    Example("desk-answers", "吴书记", "/forms/desk/inquiries/", r"^/forms/desk/inquiries/\d+/$"),
    Example("desk-ledger-book", "周敏", "/desk/ledger/", r"^/desk/ledger/books/\d+/$"),
    Example("desk-fitter-hours", "何静", "/repairs/desk/pool/", r"^/repairs/desk/fitters/\d+/$"),
    Example("desk-door", "周敏", "/bookings/door/"),
    Example("desk-holidays", "周敏", "/bookings/holidays/"),
    Example("desk-access-import", "周敏", "/access/desk/paths/import/"),
    Example("desk-price-list", "何静", "/repairs/desk/prices/", r"^/repairs/desk/prices/\d+/$"),
    Example("visitor-practice", "林女士", "/learning/practice/", r"^/learning/practice/scan/$"),
    Example("elder-lesson", "王阿姨", "/learning/modules/safety/", r"^/learning/modules/safety/pause/$"),
    Example("resident-course", "林女士", "/learning/courses/", r"^/learning/courses/\d+/$"),
    Example("helper-visit", "林女士", "/learning/one-to-one/", r"^/learning/one-to-one/lessons/\d+/$"),
    Example("resident-drill", "林女士", "/learning/drills/", r"^/learning/drills/\d+/$"),
    Example("desk-learning-course", "周敏", "/learning/desk/", r"^/learning/desk/courses/\d+/$"),
    Example("desk-device", "周敏", "/learning/desk/devices/", r"^/learning/desk/devices/\d+/$"),
    Example("visitor-gov-item", "林女士", "/gov/find/", r"^/gov/items/[-a-z0-9]+/$"),
    Example("visitor-gov-entitled", "林女士", "/gov/find/?topic=elders", r"^/gov/items/[-a-z0-9]+/$", "entitled/"),
    Example("visitor-gov-bundle", "林女士", "/gov/", r"^/gov/bundles/[-a-z0-9]+/$"),
    Example("resident-gov-wallet", "林女士", "/gov/wallet/", r"^/gov/wallet/\d+/$"),
    Example("elder-gov-wallet", "王阿姨", "/gov/wallet/"),
    Example("resident-gov-outside", "林女士", "/gov/outside/", r"^/gov/outside/vaccination/$"),
    Example("desk-gov-sending", "周敏", "/gov/desk/sendings/?state=dead", r"^/gov/desk/sendings/\d+/$"),
    Example("desk-gov-place", "周敏", "/gov/desk/places/", r"^/gov/desk/places/\d+/$"),
    Example("visitor-gov-begin", "林女士", "/gov/", r"^/gov/bundles/[-a-z0-9]+/$", "begin/"),
    Example("resident-gov-mine-one", "林女士", "/gov/mine/", r"^/gov/mine/[A-Z0-9-]+/$"),
    Example("resident-gov-receipt", "林女士", "/gov/mine/", r"^/gov/mine/[A-Z0-9-]+/$", "receipt/"),
    Example("resident-gov-fill", "林女士", "/gov/mine/", r"^/gov/fill/bundle/\d+/$"),
    Example("desk-gov-work", "周敏", "/gov/work/?queue=open", r"^/gov/work/[A-Z0-9-]+/$"),
    Example("desk-gov-corrections", "周敏", "/gov/work/?queue=submitted", r"^/gov/work/[A-Z0-9-]+/$", "corrections/"),
    Example("desk-gov-item", "周敏", "/gov/desk/", r"^/gov/desk/items/[-a-z0-9]+/$"),
    Example("desk-gov-local", "周敏", "/gov/desk/", r"^/gov/desk/items/[-a-z0-9]+/$", "local/"),
)
# Whose eyes a page is seen with, by the beginning of its address; "" is a visitor who has not signed in.
EYES: tuple[tuple[str, str], ...] = (
    ("/desk/jobs/", "倪工"), ("/desk/audit/", "审计员甲"), ("/desk/privacy/", "万安"), ("/desk/people/roles/", "倪工"),
    ("/desk/people/organisations/", "倪工"), ("/desk/", "周敏"), ("/bulletin/desk/", "周敏"),
    ("/repairs/desk/", "何静"), ("/timebank/desk/", "周敏"),
    ("/access/desk/", "周敏"), ("/learning/desk/", "周敏"), ("/children/desk/", "周敏"), ("/kitchen/desk/", "周敏"),
    ("/activities/desk/", "周敏"), ("/gov/desk/", "周敏"), ("/gov/mine/", "林女士"), ("/gov/work/", "周敏"),
    ("/gov/ratings/", "周敏"), ("/sign-in/", ""), ("/", "林女士"),
)
# No pages: files, streams, and what only answers a script.
LEFT_OUT = (
    "/sw.js", "/manifest.webmanifest", "/api/", ".xlsx", ".jsonld", "/feeds/", "/options/", "/audit/checkpoints/")
