"""When a matter's term ends the words written about it go; that there was a letter, a step, a grade, stays."""

from __future__ import annotations

from linli.services.gov.models import Application, Decision, Handling, Letter, Objection, Rating, Result


def forget(application: Application) -> None:
    """Empty what the desk wrote and what it was told, as the tables allow it (see `letters.triggers`). Twice is once.

    A result's code goes on saying whether the paper holds, with no part of a name.
    """
    Letter.objects.filter(application=application).update(content="")
    Decision.objects.filter(application=application).update(reasons="")
    Handling.objects.filter(application=application).update(note="")
    Objection.objects.filter(application=application).update(words="", answer="")
    Result.objects.filter(application=application).update(holder="")
    Rating.objects.filter(application=application).update(words="", call_note="")
