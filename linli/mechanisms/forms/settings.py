"""Who keeps forms, and this room's numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linli.foundation.policy import policy

if TYPE_CHECKING:
    from linli.foundation.areas.models import Area

KEEPERS = ["worker", "community_head", "street_leader"]
NEIGHBOURS = ["resident", *KEEPERS, "grid_worker", "property_desk", "property_worker"]


def setting(name: str, area: Area | None = None) -> int:
    """A value of `policy/forms.yaml`, today, at that place."""
    return int(policy(f"forms.{name}", area=area))
