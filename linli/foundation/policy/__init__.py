"""Dated values with their source; an area may overlay one from the desk: `policy("room.key", on=day, area=area)`."""

from linli.foundation.policy.reading import InForce, in_force, policy
from linli.foundation.policy.shipped import NoPolicyYet, UnknownPolicy

__all__ = ["InForce", "NoPolicyYet", "UnknownPolicy", "in_force", "policy"]
