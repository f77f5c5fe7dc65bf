"""Tables of this room: the catalogue of what can be asked of the authorities."""

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
