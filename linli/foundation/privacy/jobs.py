"""Each night, what is past its term goes."""

from __future__ import annotations

from linli.foundation.jobs import periodic
from linli.foundation.privacy import retention


@periodic(every_s=86_400, at="03:10")
def delete_due() -> None:
    """Go on until nothing is left that may go today."""
    while retention.delete_due() >= 2000:
        pass
