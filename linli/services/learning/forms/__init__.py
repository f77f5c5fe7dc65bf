"""What people fill in: one file for residents' pages, one for the desk."""

from linli.services.learning.forms.desk import (
    AnswerForm,
    AskForForm,
    ClassTimeForm,
    ConditionForm,
    CourseForm,
    DeviceForm,
    DrillStartForm,
    HelperForm,
    LendForm,
    PhoneForm,
    PublishForm,
    RevokeForm,
    SignUpForm,
    SizeForm,
    StuckForm,
    WipeForm,
)
from linli.services.learning.forms.open import (
    AskForm,
    BookForm,
    DrillForm,
    HelpForm,
    LevelsForm,
    OfferForm,
    ReactForm,
    RulesForm,
    TimeForm,
    WhoForm,
)

__all__ = [
    "AnswerForm", "AskForForm", "AskForm", "BookForm", "ClassTimeForm", "ConditionForm", "CourseForm", "DeviceForm",
    "DrillForm", "DrillStartForm", "HelpForm", "HelperForm", "LendForm", "LevelsForm", "OfferForm", "PhoneForm",
    "PublishForm", "ReactForm", "RevokeForm", "RulesForm", "SignUpForm", "SizeForm", "StuckForm", "TimeForm", "WhoForm",
    "WipeForm",
]
