"""The tables of activities, each noun in the file of its kin."""

from linli.services.activities.models.activities import (
    Activity,
    ActivityKind,
    ActivityState,
    Custom,
    EventClass,
    Hazard,
)
from linli.services.activities.models.clubs import Club, ClubMember
from linli.services.activities.models.festival import ItemKind, ProgrammeItem, Shift, Stage
from linli.services.activities.models.judging import (
    AudienceBallot,
    AudienceTurn,
    Award,
    AwardKind,
    Juror,
    Recusal,
    Score,
)
from linli.services.activities.models.permits import Permit, PermitReminder, PermitState, PlanPoint, TimeConsent
from linli.services.activities.models.photos import Answer, Feedback, GuardianYes, Photo, Shown
from linli.services.activities.models.works import (
    Call,
    CallRules,
    CallState,
    Complaint,
    ComplaintKind,
    ComplaintState,
    MadeByAI,
    Work,
    WorkState,
)

__all__ = [
    "Activity", "ActivityKind", "ActivityState", "Answer", "AudienceBallot", "AudienceTurn", "Award", "AwardKind",
    "Call", "CallRules", "CallState", "Club", "ClubMember", "Complaint", "ComplaintKind", "ComplaintState", "Custom",
    "EventClass", "Feedback", "GuardianYes", "Hazard", "ItemKind", "Juror", "MadeByAI", "Permit", "PermitReminder",
    "PermitState", "Photo", "PlanPoint", "ProgrammeItem", "Recusal", "Score", "Shift", "Shown", "Stage", "TimeConsent",
    "Work", "WorkState",
]
