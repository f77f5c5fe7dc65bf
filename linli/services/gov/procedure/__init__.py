"""The deadlines of government procedures: a pure function of (events, rule, calendar, moment). No database, no clock.

    rule = read(item["local"]["clock"], steps=item["local"]["steps"])       # raises BadRule
    state = clock(events, rule, announced(), now)                           # raises Unannounced
    for line in explain(state, rule): print(line)

Source: 行政许可法 (2019), 第32、34、35、42–45、47、50、55、82条; 民法典 第201、203条 for how days are counted.
"""

from linli.services.gov.procedure.clock import clock, clock_or_provisional
from linli.services.gov.procedure.days import Days, Term, announced, plain
from linli.services.gov.procedure.events import NEVER, BadEvent, Event, Kind, read_event, read_events
from linli.services.gov.procedure.explain import Line, explain, pause_name, problem
from linli.services.gov.procedure.law import Extension
from linli.services.gov.procedure.rule import BadRule, Rule, Special, faults_of, read
from linli.services.gov.procedure.state import Extended, Missed, Pause, Phase, Problem, State, Tacit

__all__ = [
    "NEVER", "BadEvent", "BadRule", "Days", "Event", "Extended", "Extension", "Kind", "Line", "Missed", "Pause",
    "Phase", "Problem", "Rule", "Special", "State", "Tacit", "Term", "announced", "clock", "clock_or_provisional",
    "explain", "faults_of", "pause_name", "plain", "problem", "read", "read_event", "read_events",
]
