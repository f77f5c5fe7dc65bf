"""At start: can every room's policy files be read, dated, sourced, once?"""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, register

from linli.foundation.policy.shipped import problems


@register
def policy_files_are_usable(app_configs: Any = None, **_: Any) -> list[CheckMessage]:
    """One error for each thing that is wrong in a `policy/*.yaml`."""
    hint = "Each value has from, value and source; dates rise."
    return [Error(problem, hint=hint, id="policy.E001") for problem in problems()]
