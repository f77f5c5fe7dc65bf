"""What people fill in: one file for the open pages, one for planning, one for works."""

from linli.services.activities.forms.joining import (
    AnswerForm,
    ClubForm,
    DeskSignUpForm,
    LeaderForm,
    MeetForm,
    PhotoForm,
    SignUpForm,
)
from linli.services.activities.forms.planning import (
    ActivityForm,
    ApplyForm,
    GrantForm,
    ItemForm,
    ReasonForm,
    RefuseForm,
    SeriesForm,
    SessionForm,
    ShiftForm,
    StageForm,
    TimeForm,
)
from linli.services.activities.forms.works import (
    CallForm,
    CommitForm,
    ComplaintForm,
    DecideForm,
    JurorForm,
    RulesForm,
    RunForm,
    WorkForm,
)

__all__ = [
    "ActivityForm", "AnswerForm", "ApplyForm", "CallForm", "ClubForm", "CommitForm", "ComplaintForm", "DecideForm",
    "DeskSignUpForm", "GrantForm", "ItemForm", "JurorForm", "LeaderForm", "MeetForm", "PhotoForm", "ReasonForm",
    "RefuseForm", "RulesForm", "RunForm", "SeriesForm", "SessionForm", "ShiftForm", "SignUpForm", "StageForm",
    "TimeForm", "WorkForm",
]
