"""bookings 预约: anything with a time and a number of places. Never overbooked, never a hole while someone waits.

NOUNS   Offer (what: class, lecture, visits, a window) → Series (RRULE) → Session (one time: capacity, taken, reserved)
        Party (1…n members who stand or fall together) × Session = Reservation
          held → confirmed (or pending → confirmed | refused) → attended | absent | cancelled | late_cancelled | lapsed
        WaitEntry (a party in the queue) → PlaceOffer (a place kept for it until a moment; its reservation: `offered`)
        Resource (room, teacher, interpreter, chair, copy) ← Claim (+ Quantum rows); Attendance; Strike; Loan; Draw
        `Session.taken` = Σ places of reservations with `is_active` (held, pending, offered, confirmed, attended …).

An offer belongs to a thing of a service (`owner`), which keeps the visible text. Rights are asked by verbs the service
names: `verb` when the offer is made (of the area), `manage_verb` for staff, `book_verb` for who books (of the offer:
it has area_code, organisation_ids, relation @host). Reservation: @booker, @agent, @member.

    from linli.mechanisms.bookings import actions, queries
    from linli.mechanisms.bookings.actions import Member
    from linli.mechanisms.bookings.models import Offer, Session, Reservation, Resource, …
    from linli.mechanisms.bookings.rules import OfferRules, ShareRule     # every rule of fairness, as data

OFFERING
    offer = actions.create_offer(person, area, category="course.calligraphy", title="书法班", owner=activity,
        verb="activities.publish", manage_verb="activities.manage", book_verb="activities.join",
        rules={"mode": "newcomers", "newcomers_until": "2026-12-01T08:00", "cap_term": 2, "party_max": 4,
               "cancel_h": 24, "shares": [{"name": "window", "places": 5, "channels": ["window", "phone"]}]},
        term="2026-autumn", host=teacher, organisation=…, url="/activities/12/", is_public=True, reach="330106001")
    session = actions.add_session(person, offer, starts, ends, 20, place="二楼", resources=[room, teacher], cutoff=…)
    series = actions.repeat(person, offer, rrule="FREQ=WEEKLY;BYDAY=TU", first=datetime(2026, 12, 1, 9, 30),  # naive
        minutes=90, capacity=20, place=…, resources=[…], until=date(2027, 1, 20), holidays="skip"|"keep"|"as_weekday",
        exdates=[…], rdates=[…], conflicts="stop"|"skip")
    actions.change_session(person, session, starts=…, place=…, capacity=…, resources=…)         # this one
    actions.change_series(person, session, scope="following"|"all", over_hand_changes=False, **changes)
    actions.cancel_session(person, session, reason="…") · close_session(…, reopen=) · change_offer(person, offer, …)
BOOKING (all raise Refused(code, sentence) to show in the form)
    r = actions.book(person, session | [sessions], party=[Member(person=p), Member(name="小宝", birth_year=2019)],
        booker=…, channel="app", key=once, note=…, facts={…}, contact=(name, phone))   # staff: contact without account
    r = actions.hold(person, session, …); actions.extend_hold(person, r); actions.confirm(person, r)
    got = actions.book_or_wait(person, session, …, at_least=2, auto_accept=True)       # Reservation | WaitEntry
    entry = actions.wait(person, session, …, at_least=, auto_accept=, by_phone=); actions.leave(person, entry)
    actions.accept_offer(person, place_offer) · decline_offer · claim(person, entry)  # late place, first come
    actions.cancel(person, r, reason="", members=[…], whole_party=False) · approve / refuse(person, r, reason=)
    rules {"unit": "term"}: one booking is every session still to come; rules {"approval": true}: pending first.
    overlap="tell"|"ask"|"ok": what a member has elsewhere at that time (views/overlaps.py asks on a page of its own)
APPOINTMENTS (actions/appointments.py: inside a service's own action, which asked who may; nothing is asked again)
    offer = appointments.offer_for(area, owner="repairs.case:12", category=, title=, manage_verb=, organisation=, url=)
    finder.in_windows([Need("fitter", among=[…])], [(starts, ends)…], area=) → the windows in which one is free
    appointments.hold_still([resources]); r = appointments.appoint(person, offer, starts, ends, resources=[…], booker=…)
    move_appointment(person, r, starts, ends, resources=) · call_off_appointment(person, r, reason=) · note_met ·
    note_missed. rules {"at_yours": true}: somebody comes to the party; no ticket, other words.
ON THE DAY   actions.check_in(person, session, r, how="name") · check_in_code(person, session, code) · walk_in(…)
    actions.sync_check_ins(person, session, rows) [bookings:door is its page] · mark_absent(person, r)
    appeal / decide_appeal(person, strike, …)
    actions.release_unclaimed(session) by the clock; actions.answer_reminder(person, r, coming=)
DRAWS        actions.commit_draw(person, offer, sessions, seed_source=, seed_at=)
    actions.run_draw(person, draw, seed=, witnesses=); mode "choice": actions.choose(person, entries)
    `verify_draw.py` is the stand-alone script with which anyone recomputes a draw.
RESOURCES    actions.add_resource(person, area, kind="room", name=…, people_max=, buffer_after_min=, facts={…},
        hours={…}, verb=, manage_verb=, organisation=, who=person, title_key=…)
    actions.acquire(person, [room, teacher], starts, ends, about=thing) · let_go(person, claim) · let_go_of(thing)
    finder.earliest([Need("room", facts={"step_free": True}, people=20), Need("interpreter", 2)], area=, minutes=)
LOANS        actions.lend(person, resource, borrower) · renew · give_back · hold_loan(person, area, title_key)
    actions.leave_hold(person, hold); loans.free_copies(title_key, area_code), loans.waiting_for(title_key, area_code)
READING      queries.upcoming(person, area=, category=, owner_type=) · mine · my_waits · my_offers · reservation_of
    (person, session) · entry_of · position(entry) · roster(session) · waiting(session) · call_list(person) · counts ·
    offers_of(thing) · strikes_of · attended(person, thing) · claims_between(resources, a, b)
CALENDARS    ical.person_feed / offer_feed / area_feed / place_feed; actions.make_feed(person) → secret URL
    `@ical.describes("access.signing")`: what a claim for a service's thing is, to whose time it is
HOLIDAYS     holidays.touched(person), actions.holidays.settle_holidays(person, [Choice(session, "skip"|"move"|"keep")])
PAGES        bookings:mine, bookings:reservation <pk> (ticket, cancel, appeal), bookings:draw <pk>; staff:
    bookings:roster <session pk> (check-in, walk-in, paper, offline list), bookings:door <session pk>,
    bookings:holidays, bookings:calls, bookings:appeals, bookings:resources.
    Feeds: bookings:offer_feed <pk>, area_feed <code>, place_feed <pk>. Link to them.

EVENTS (payload keys: reservation, session, offer, owner "room.model:id", party unless said otherwise)
    bookings.confirmed · asked (awaits approval) · cancelled (+ late, by) · offered (+ place_offer) · expired (a hold:
    full payload; an offer: entry, offer, owner) · declined / waiting (entry, offer, owner) · attended · absent ·
    session_added / session_changed (+ changed, moved) / session_cancelled (session, offer, owner)
    The mechanism itself tells: place offered, placed, lapsed; session moved or cancelled; approval; reminders; absence.
    A service that listens adds only what is its own (what to bring, what it costs).
"""
