"""The tables of the time bank: people, help, and what the books are about. The minutes themselves lie in the ledger."""

from linli.services.timebank.models.helping import (
    CONFIRM_WAYS,
    Channel,
    Claim,
    ClaimState,
    Evidence,
    Invitation,
    Need,
    NeedState,
    Review,
    Service,
    ServiceState,
)
from linli.services.timebank.models.minutes import (
    Agreement,
    AuditSample,
    Certificate,
    Correction,
    Crossing,
    Decision,
    Gift,
    GoodsGiven,
    Issue,
    Leaving,
)
from linli.services.timebank.models.people import (
    Entitlement,
    Kinship,
    Move,
    Relation,
    Team,
    TeamMember,
    Volunteer,
)

__all__ = [
    "CONFIRM_WAYS", "Agreement", "AuditSample", "Certificate", "Channel", "Claim", "ClaimState", "Correction",
    "Crossing", "Decision", "Entitlement", "Evidence", "Gift", "GoodsGiven", "Invitation", "Issue", "Kinship",
    "Leaving", "Move", "Need", "NeedState", "Relation", "Review", "Service", "ServiceState", "Team", "TeamMember",
    "Volunteer",
]
