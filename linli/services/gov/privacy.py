"""This room's part in a person's rights, and what goes when a term of keeping ends."""

from __future__ import annotations

from typing import Any

from linli.foundation.people.models import Person
from linli.services.gov import rights, rights_applying


def copy_of(person: Person) -> dict[str, Any]:
    """Everything of this room that is tied to the person."""
    return {**rights.copy_of_wallet(person), **rights_applying.copy_of_applications(person)}


def erase(person: Person) -> list[str]:
    """What was erased, and what stays and why."""
    return [*rights_applying.erase_applications(person), *rights.erase_wallet(person)]
