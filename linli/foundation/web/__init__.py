"""What every room's views share: `signed_in`, `keyset_page`, `refusal_shown_in`; `Refused` and `Denied`."""

from linli.foundation.web.refusals import Denied, Refused

__all__ = ["Denied", "Refused"]
