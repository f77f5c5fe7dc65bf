"""Tables of this room: what can be asked of the authorities, and what was asked."""

from linli.services.gov.models.applications import (
    Application as Application,
    ApplicationState as ApplicationState,
    Brought as Brought,
    Channel as Channel,
    Filing as Filing,
    ProcedureEvent as ProcedureEvent,
    Way as Way,
)
from linli.services.gov.models.bundles import Bundle as Bundle, BundleVersion as BundleVersion
from linli.services.gov.models.deciding import (
    Correction as Correction,
    Decision as Decision,
    Handling as Handling,
    Objection as Objection,
    Proposal as Proposal,
)
from linli.services.gov.models.items import (
    DraftState as DraftState,
    ItemKind as ItemKind,
    ItemVersion as ItemVersion,
    LocalDraft as LocalDraft,
    Publication as Publication,
    PublicState as PublicState,
    ServiceItem as ServiceItem,
)
from linli.services.gov.models.letters import (
    Grade as Grade,
    Letter as Letter,
    LetterKind as LetterKind,
    Rating as Rating,
    Result as Result,
    ResultState as ResultState,
)
from linli.services.gov.models.outside import (
    BookingState as BookingState,
    Dispatch as Dispatch,
    DispatchState as DispatchState,
    Endpoint as Endpoint,
    OutsideAnswer as OutsideAnswer,
    OutsideBooking as OutsideBooking,
    OutsidePlace as OutsidePlace,
    OutsideService as OutsideService,
)
from linli.services.gov.models.sheets import AnsweredSheet as AnsweredSheet
from linli.services.gov.models.wallet import (
    Paper as Paper,
    PaperScan as PaperScan,
    PaperUse as PaperUse,
    Showing as Showing,
    Source as Source,
    UseKind as UseKind,
)
