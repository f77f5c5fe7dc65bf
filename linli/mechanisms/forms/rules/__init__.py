"""Rules as trees over data elements, judged in three-valued logic: yes, no, not yet known. No text is ever run as code.

Import from here: `evaluate`, `told`, `check`, `can_hold`, `untested`, `run`, `check_folder`, `elements_in`.
"""

from linli.mechanisms.forms.rules.checking import check, check_parameters
from linli.mechanisms.forms.rules.evaluation import Line, Verdict, evaluate, holds, value_of
from linli.mechanisms.forms.rules.possible import can_hold
from linli.mechanisms.forms.rules.tables import Failure, check_folder, run, untested
from linli.mechanisms.forms.rules.telling import told
from linli.mechanisms.forms.rules.trees import elements_in, elements_of

__all__ = [
    "Failure", "Line", "Verdict", "can_hold", "check", "check_folder", "check_parameters", "elements_in",
    "elements_of", "evaluate", "holds", "run", "told", "untested", "value_of",
]
