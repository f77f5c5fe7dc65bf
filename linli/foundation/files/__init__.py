"""Photos and papers people hand in: kept private, shown to who may see the thing they are about.

Import from here: `keep`, `attach`, `received`, `link`, `takes_files`, `publish_redacted`, `reveal`, `drop`,
`accept`, `sight`, `limits_told`. Nothing is loaded before the first use, because this package is imported
while Django is still counting its apps.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from linli.foundation.files.actions import attach, drop, forget_files_of, keep, publish_redacted, reveal
    from linli.foundation.files.limits import accept, accept_attribute, limits_told
    from linli.foundation.files.links import link
    from linli.foundation.files.models import StoredFile
    from linli.foundation.files.receiving import received, takes_files
    from linli.foundation.files.seeing import may_see, sight

_HOMES = {
    "attach": "actions", "drop": "actions", "forget_files_of": "actions", "keep": "actions",
    "publish_redacted": "actions", "reveal": "actions",
    "accept": "limits", "accept_attribute": "limits", "limits_told": "limits",
    "link": "links", "StoredFile": "models",
    "received": "receiving", "takes_files": "receiving", "may_see": "seeing", "sight": "seeing",
}
__all__ = [
    "StoredFile", "accept", "accept_attribute", "attach", "drop", "forget_files_of", "keep", "limits_told",
    "link", "may_see", "publish_redacted", "received", "reveal", "sight", "takes_files",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(name)
    found = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = found
    return found
