from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.web.manifest import Command, Manifest

manifest = Manifest(
    name="knowledge",
    title=_("知识索引"),
    icon="search",
    permissions={"word": ["worker", "community_head", "street_leader"]},
    listens={"knowledge.changed": "linli.mechanisms.knowledge.listeners.on_changed"},
    commands=[
        Command("knowledge", "index", "linli.mechanisms.knowledge.commands.indexing",
                "bring the index up to date now, with the vectors"),
        Command("knowledge", "ask", "linli.mechanisms.knowledge.commands.asking",
                "what the index finds for some words, with scores"),
        Command("knowledge", "calibrate", "linli.mechanisms.knowledge.commands.calibrating",
                "fit weights and thresholds on the index and print them"),
    ],
)
