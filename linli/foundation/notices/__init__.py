"""One call, `tell(person, …)`, and the person's own choice of channel: inbox, web push, text message, e-mail."""

from linli.foundation.notices.choices import profile_allowed
from linli.foundation.notices.queries import unread_count
from linli.foundation.notices.telling import tell

__all__ = ["profile_allowed", "tell", "unread_count"]
