"""What people fill in: one file for the open pages, one for care, one for the desk."""

from linli.services.children.forms.care import (
    AlarmForm,
    BlockForm,
    ChangeDayForm,
    ChildForm,
    CollectorForm,
    DetailsForm,
    GroupForm,
    HandOutForm,
    PaperForm,
    SiteForm,
    StaffForm,
    TakeInForm,
    VettingForm,
)
from linli.services.children.forms.open import (
    BusForm,
    CheckForm,
    HazardForm,
    JoinForm,
    OutingForm,
    RouteForm,
    SegmentSet,
    SpotForm,
    TitleForm,
)

__all__ = [
    "AlarmForm", "BlockForm", "BusForm", "ChangeDayForm", "CheckForm", "ChildForm", "CollectorForm", "DetailsForm",
    "GroupForm", "HandOutForm", "HazardForm", "JoinForm", "OutingForm", "PaperForm", "RouteForm", "SegmentSet",
    "SiteForm", "SpotForm", "StaffForm", "TakeInForm", "TitleForm", "VettingForm",
]
