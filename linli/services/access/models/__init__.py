"""The tables of 无障碍."""

from linli.services.access.models.facts import Fact, FactState, Outage, OutageState
from linli.services.access.models.guiding import Guide, GuideKind, GuideRequest, GuideState
from linli.services.access.models.network import Network, PathEdge, PathKind, PathNode
from linli.services.access.models.signing import Interpreter, Signing, SigningState, SignLevel
from linli.services.access.models.works import Consent, Measurement, Plan, Survey

__all__ = [
    "Consent", "Fact", "FactState", "Guide", "GuideKind", "GuideRequest", "GuideState", "Interpreter", "Measurement",
    "Network", "Outage", "OutageState", "PathEdge", "PathKind", "PathNode", "Plan", "SignLevel", "Signing",
    "SigningState", "Survey",
]
