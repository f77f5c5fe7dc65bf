"""A community as roles see it here: answered for by itself, and by the property companies of its compounds."""

from __future__ import annotations

from functools import cached_property

from linli.foundation.areas.models import Area, Compound


class Place:
    """What `permit` asks about when a thing concerns a whole community: property staff reach it by their company."""

    def __init__(self, area: Area) -> None:
        self.area = area
        self.area_code = area.code

    @cached_property
    def organisation_ids(self) -> tuple[int, ...]:
        companies = Compound.objects.filter(area=self.area).exclude(property_company=None)
        return tuple(companies.values_list("property_company_id", flat=True))
