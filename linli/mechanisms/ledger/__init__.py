"""Anything counted: double entry in whole minor units, append-only, idempotent, hold / settle / release.

    from linli.mechanisms.ledger import actions as ledger, queries as books

A **book** counts one thing in one place and belongs to one room; its accounts always add up to zero:

    book = ledger.open_book(person, "timebank.330106001001", unit="minute", title="时间银行", room="timebank",
                            area=area, verb="timebank.keep")                # the same code again gives the same book
    pool = ledger.open_account(person, book, "pool", kind="pool", title="公益池", hot=True, verb="timebank.keep")
    auntie = ledger.open_account(person, book, f"person.{p.pk}", kind="person", owner=p, ceiling=90_000,
                                 verb="timebank.confirm", about=request)

Accounts begin with floor 0 (they cannot be overdrawn) and no ceiling; `floor=None` has no bottom (a donor outside, a
mirror, an expense), `floor=-600_000` is a budget (a treasury). `hot=True` for what everybody books against at once.
`books.account(book, "pool")` finds one again; a person's is `books.account_of(book, person)` (or None).

**Transfers** move value from the `debit` account (it gives) to the `credit` account (it receives):

    ledger.transfer(person, id="timebank.gift.81", debit=auntie, credit=pool, amount=60, verb="timebank.gift",
                    about=gift, memo="转赠公益池")
    ledger.transfer(person, id="kitchen.round.7", lines=[(rice, plates, 4_000), (salt, plates, 20)], …)

- `id`: made by the room from its own row, at most 100 characters, unique in the whole ledger. The same id with the
  same content returns the same transfer and moves nothing; other content (book, lines, memo, facts, kind, `of`) is
  `Refused("same_id")`. Who sends it, and when, is no part of the content. A retry therefore never pays twice.
- `verb`: the room's own permission (`permit(person, verb, about or book)` is asked here); one audit entry under that
  verb, about the transfer, in the same transaction. `system=True` (and then `person=None` is fine) for jobs whose own
  action authorised them. `acting_for=` is written down. `about` is the room's row the transfer belongs to.
- `lines` of one transfer succeed or fail together (linked). Several transfers are linked by the caller's `@atomic`.
- `memo` ≤ 200 characters and `facts` (a small mapping) stay for ever: no personal values in them, no words that
  depend on the reader's language.

    hold = ledger.pend(person, id="timebank.accept.5", debit=mr_l, credit=auntie, amount=120,
                       timeout=timedelta(days=14), verb="timebank.accept", about=request)   # reserved now
    ledger.post(person, hold, amount=115, verb="timebank.confirm", about=request)   # ≤ what was held; rest is released
    ledger.void(person, hold, verb="timebank.withdraw", about=request, reason="…")
    ledger.reverse(person, transfer, reason="录错了", verb="timebank.correct", about=…)  # R13: nothing is deleted

A hold ends once: by post, by void, or by its time-out (a job; emits `ledger.expired` with `transfer`, `key`, `room`,
so the room that listens compares `room`). `timeout=None` waits for ever. After `expires_at` a post is
`Refused("expired")`. `amount` of a post is for holds with one line. `post`/`void`/`reverse` take a Transfer or its id,
make their own id (`<id>:post`, `:void`, `:reverse`), and repeating them returns the first one's transfer. A reversal
keeps to floors too (`Refused("short")` when the minutes are spent); `beyond=True` may break them and says so in the
audit.

Refusals: `short` (floor; data: account, available, amount), `full` (ceiling; room_left), `closed`, `same_id`,
`resolved` (hold already ended; data: by), `expired`, `reversed`. Denied by `permit`. Programming errors are
`ValueError` (amount not a positive int, one account on both sides, accounts of two books, post above the hold).

`ledger.set_limits(person, account, floor=…, ceiling=…, verb=…)`, `ledger.close_account(person, account, verb=…)`
(only when empty).

**Reads** (`queries`): `balance(account)` → `.posted .pending_in .pending_out .available .floor .ceiling .room_left`;
`balances([…])` → {account pk: Balance} in one query; `find(id)` → Transfer or None; `ended_by(hold)`;
`open_holds(account)`; `statement(account, since=, until=, after=, size=)` → page of rows newest first with running
balance; `trial_balance(book)` → `.accounts .total .is_balanced`; `amount_words(book, 150)` → "2 小时 30 分".
Exports (`exporting`): `csv_of(account, since, until)`, `journal_of(book)` (hledger).

**Promises.** Floors and ceilings are guarded inside the transaction; entries, transfers, links and seals can be neither
changed nor deleted (triggers on SQLite and PostgreSQL); `linli ledger check` compares balances with entries (exit 1 on
a difference; nightly job), `linli ledger verify` recomputes the hash chain of every account and its anchor in the audit
log. Lock order: inside one transfer it is fixed; a room that makes several transfers in one `@atomic` on PostgreSQL
should make them in a fixed order, or as one transfer with several lines.
"""
