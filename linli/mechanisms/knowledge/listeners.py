"""A room's word that it knows something else now becomes a job; many words at once become one."""

from __future__ import annotations

from linli.mechanisms.knowledge.jobs import index


def on_changed(room: str) -> None:
    index.enqueue_once(f"knowledge.index.{room}", room=room)
