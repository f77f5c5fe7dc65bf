"""The tables of 银发课堂 and 数字扫盲."""

from linli.services.learning.models.courses import STAFF, Course, CourseHelper, CourseState
from linli.services.learning.models.devices import Device, DeviceKind, DeviceState, Wipe
from linli.services.learning.models.drills import CAREFUL, Drill, DrillAnswer, DrillPlace, Reaction
from linli.services.learning.models.pairs import (
    LIVING,
    AskState,
    HelpAsk,
    Helper,
    Helping,
    Match,
    MatchState,
    Slot,
    Visit,
    VisitState,
)
from linli.services.learning.models.progress import Certificate, Level, Progress
from linli.services.learning.models.report import Band, Stuck
from linli.services.learning.models.sandbox import SandboxVisit

__all__ = [
    "CAREFUL", "LIVING", "STAFF", "AskState", "Band", "Certificate", "Course", "CourseHelper", "CourseState", "Device",
    "DeviceKind", "DeviceState", "Drill", "DrillAnswer", "DrillPlace", "HelpAsk", "Helper", "Helping", "Level", "Match",
    "MatchState", "Progress", "Reaction", "SandboxVisit", "Slot", "Stuck", "Visit", "VisitState", "Wipe",
]
