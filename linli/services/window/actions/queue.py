"""Tickets: take, call, serve, recall, miss, hand on. Every one holds the hall's lock, so no two meet on one ticket."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Max
from django.db.transaction import atomic
from django.utils.translation import gettext as _, gettext_lazy

from linli.foundation import audit
from linli.foundation.calendar.clock import now, today
from linli.foundation.events import emit
from linli.foundation.notices import tell
from linli.foundation.people import limits
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.web import Refused
from linli.mechanisms.bookings import actions as bookings
from linli.mechanisms.bookings.models import Reservation, State
from linli.services.window import rules, settings
from linli.services.window.models import Counter, Hall, Ticket, TicketState
from linli.services.window.queries.lines import line_of


def take(
    person: Person | None, hall: Hall, *, topic: str, once: str, klass: str = "",
    reservation: Reservation | None = None, address: str = "",
) -> Ticket:
    """A number for today. Anybody may take one; the class is the person's own word, looked at at the window.

    The same `once` gives the same ticket. `address` (of the device) is counted against many numbers for nobody.
    Raises `Refused("closed" | "no_topic" | "too_many" | "not_booked")`.
    """
    found = Ticket.objects.select_related("hall__area").filter(once=once).first()
    if found is not None:
        return _only(found)
    if address:
        most = settings.value("tickets_each_minutes", hall.area)
        if not limits.count("window.ticket", address, int(most["most"]), timedelta(minutes=int(most["minutes"]))):
            raise Refused("too_many", _("这台手机刚取过好几个号了。请到取号机或问窗口的人。"))
    return _take(person, hall, topic, once, klass, reservation)


@atomic
def _take(person: Person | None, hall: Hall, topic: str, once: str, klass: str,
          reservation: Reservation | None) -> Ticket:
    locked = hold(hall)
    found = Ticket.objects.select_related("hall__area").filter(once=once).first()
    if found is not None:
        return _only(found)
    words = settings.topics(locked.area)
    if not locked.is_open:
        raise Refused("closed", _("现在不取号。开放时间：%(hours)s。") % {"hours": locked.hours})
    if topic not in words or (klass and klass not in settings.classes(locked.area)):
        raise Refused("no_topic", _("请选您来办什么。"), field="topic")
    if reservation is not None:
        again = Ticket.objects.select_related("hall__area").filter(reservation=reservation).first()
        if again is not None:
            return _only(again)
        if reservation.state not in (State.CONFIRMED, State.ATTENDED):
            raise Refused("not_booked", _("这个预约已经取消了，请取普通号。"))
    serial = (Ticket.objects.filter(hall=locked, day=today()).aggregate(most=Max("serial"))["most"] or 0) + 1
    row = Ticket.objects.create(
        area=locked.area, hall=locked, day=today(), serial=serial, number=f"{words[topic].letter}{serial:03d}",
        topic=topic, klass=klass, once=once, person=person, reservation=reservation,
        due=reservation.session.starts if reservation else None, taken_at=now(), rank_at=now())
    audit.record(person, "window.take", row, topic=topic)
    emit("window.taken", ticket=row.pk)
    return row


@atomic
def call_next(person: Person, counter: Counter) -> Ticket | None:
    """The next number to this counter, by the fair order; None when nobody waits for it. Raises `Denied`, `Refused`.

    Pressed twice it calls one: while a ticket is called or served here, that one is answered.
    """
    permit(person, "window.serve", counter)
    hold(counter.hall)
    desk = _counter(counter.pk)
    here = Ticket.objects.select_related("hall__area", "person").filter(
        counter=desk, state__in=[TicketState.CALLED, TicketState.SERVING]).first()
    if here is not None:
        return _only(here)
    if not desk.is_active:
        raise Refused("counter_closed", _("这个窗口停了，请先打开。"))
    terms = settings.terms(desk.area, frozenset(desk.first))
    waiting = line_of(desk)
    chosen = rules.pick(waiting, desk.streak, now(), terms)
    if chosen is None:
        return None
    desk.streak = rules.streak_after(chosen, desk.streak, now(), terms)
    desk.staffed_by = person
    desk.save(update_fields=["streak", "staffed_by"])
    return _call(person, Ticket.objects.select_related("hall__area", "person").get(pk=chosen.key), desk)


def _call(person: Person, row: Ticket, desk: Counter) -> Ticket:
    row.state, row.counter, row.served_by = TicketState.CALLED, desk, person
    row.calls += 1
    row.called_at = now()
    row.save(update_fields=["state", "counter", "served_by", "calls", "called_at"])
    audit.record(person, "window.call", row, counter=desk.number, calls=row.calls)
    emit("window.called", ticket=row.pk)
    if row.person is not None:
        tell(row.person, gettext_lazy("%(number)s 号，请到 %(counter)s 号窗口。"), about=row, urgent=True,
             key=f"window.called.{row.pk}.{row.calls}", url=f"/window/ticket/{row.token}/",
             values={"number": row.number, "counter": desk.number})
    return row


@atomic
def recall(person: Person, ticket: Ticket) -> Ticket:
    """Call the same number again. Raises `Denied`, `Refused("not_called")`."""
    permit(person, "window.serve", ticket)
    row = _locked(ticket)
    if row.state != TicketState.CALLED or row.counter is None:
        raise Refused("not_called", _("这个号现在没有在叫。"))
    return _call(person, row, row.counter)


@atomic
def begin(person: Person, ticket: Ticket) -> Ticket:
    """The person is here. Twice is once. Raises `Denied`, `Refused("not_called")`."""
    permit(person, "window.serve", ticket)
    row = _locked(ticket)
    if row.state == TicketState.SERVING:
        return row
    if row.state != TicketState.CALLED:
        raise Refused("not_called", _("这个号现在没有在叫。"))
    row.state, row.started_at = TicketState.SERVING, now()
    row.save(update_fields=["state", "started_at"])
    if row.reservation is not None:
        bookings.check_in(person, row.reservation.session, row.reservation, how="name")
    audit.record(person, "window.begin", row)
    return row


@atomic
def finish(person: Person, ticket: Ticket) -> Ticket:
    """Done. Twice is once. Raises `Denied`, `Refused("not_serving")`."""
    permit(person, "window.serve", ticket)
    row = _locked(ticket)
    if row.state == TicketState.SERVED:
        return row
    if row.state != TicketState.SERVING:
        raise Refused("not_serving", _("先点「人来了」，再点「办完了」。"))
    row.state, row.ended_at = TicketState.SERVED, now()
    row.save(update_fields=["state", "ended_at"])
    audit.record(person, "window.finish", row)
    emit("window.served", ticket=row.pk)
    return row


@atomic
def miss(person: Person, ticket: Ticket) -> Ticket:
    """Nobody came, after so many calls as policy says. Raises `Denied`, `Refused("not_called" | "too_soon")`."""
    permit(person, "window.serve", ticket)
    row = _locked(ticket)
    if row.state == TicketState.MISSED:
        return row
    if row.state != TicketState.CALLED:
        raise Refused("not_called", _("这个号现在没有在叫。"))
    least = settings.number("calls_before_missed", row.area)
    if row.calls < least:
        raise Refused("too_soon", _("要叫够 %(count)s 次才能算过号，走得慢的人也来得及。") % {"count": least})
    row.state, row.ended_at = TicketState.MISSED, now()
    row.save(update_fields=["state", "ended_at"])
    audit.record(person, "window.miss", row, calls=row.calls)
    emit("window.missed", ticket=row.pk)
    return row


@atomic
def come_back(person: Person | None, ticket: Ticket) -> Ticket:
    """Who missed the call is back in time: behind the first few who wait. Twice is once. Whoever holds the ticket may.

    Raises `Refused("not_missed" | "too_late")`.
    """
    row = _locked(ticket)
    if row.state == TicketState.WAITING:
        return row
    if row.state != TicketState.MISSED or row.ended_at is None:
        raise Refused("not_missed", _("这个号没有过号。"))
    minutes = settings.number("back_within_minutes", row.area)
    if row.day != today() or now() - row.ended_at > timedelta(minutes=minutes):
        raise Refused("too_late", _("过号超过 %(minutes)s 分钟了，请重新取号。") % {"minutes": minutes})
    others = list(Ticket.objects.filter(hall=row.hall_id, day=row.day, state=TicketState.WAITING).values_list(
        "rank_at", flat=True))
    row.rank_at = rules.back_in_line(others, settings.number("back_after_places", row.area), now())
    row.state, row.counter, row.calls, row.ended_at = TicketState.WAITING, None, 0, None
    row.save(update_fields=["rank_at", "state", "counter", "calls", "ended_at"])
    audit.record(person, "window.come_back", row)
    return row


@atomic
def leave(person: Person | None, ticket: Ticket) -> Ticket:
    """Does not wait any longer. Twice is once. Whoever holds the ticket may. Raises `Refused("being_served")`."""
    row = _locked(ticket)
    if row.state == TicketState.LEFT:
        return row
    if row.state not in (TicketState.WAITING, TicketState.CALLED):
        raise Refused("being_served", _("这个号已经办了或者过号了。"))
    row.state, row.ended_at = TicketState.LEFT, now()
    row.save(update_fields=["state", "ended_at"])
    audit.record(person, "window.leave", row)
    return row


@atomic
def hand_on(person: Person, ticket: Ticket, *, to: Counter) -> Ticket:
    """To another counter, without a new number and without losing the place in the line.

    Raises `Denied`, `Refused("not_here" | "same_counter" | "other_hall")`.
    """
    permit(person, "window.serve", ticket)
    row = _locked(ticket)
    if row.state not in (TicketState.CALLED, TicketState.SERVING):
        raise Refused("not_here", _("这个号现在不在窗口。"))
    if to.hall_id != row.hall_id or not to.is_active:
        raise Refused("other_hall", _("请选这个大厅开着的窗口。"), field="to")
    if to.pk == row.counter_id:
        raise Refused("same_counter", _("请选另一个窗口。"), field="to")
    row.state, row.wanted, row.counter, row.calls, row.started_at = TicketState.WAITING, to, None, 0, None
    row.save(update_fields=["state", "wanted", "counter", "calls", "started_at"])
    audit.record(person, "window.hand_on", row, to=to.number)
    return row


def hold(hall: Hall) -> Hall:
    """The hall's row, locked until the transaction ends: the one lock of its queue."""
    found: Hall = Hall.objects.select_for_update(of=("self",)).select_related("area").get(pk=hall.pk)
    return found


def _locked(ticket: Ticket) -> Ticket:
    hold(ticket.hall)
    return _only(Ticket.objects.select_related(
        "hall__area", "area", "person", "counter", "reservation__session__offer__area").get(pk=ticket.pk))


def _counter(pk: int) -> Counter:
    found: Counter = Counter.objects.select_related("hall__area", "area").get(pk=pk)
    return found


def _only(row: Ticket) -> Ticket:
    return row
