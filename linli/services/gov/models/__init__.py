"""Tables of this room: what can be asked of the authorities, and what was asked."""

from linli.services.gov.models.applications import (
    Application as Application,
    ApplicationState as ApplicationState,
    Channel as Channel,
    Filing as Filing,
    ProcedureEvent as ProcedureEvent,
)
from linli.services.gov.models.bundles import Bundle as Bundle, BundleVersion as BundleVersion
from linli.services.gov.models.items import (
    DraftState as DraftState,
    ItemKind as ItemKind,
    ItemVersion as ItemVersion,
    LocalDraft as LocalDraft,
    Publication as Publication,
    PublicState as PublicState,
    ServiceItem as ServiceItem,
)
