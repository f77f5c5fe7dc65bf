"""What newcomers find of the wallet and of other houses: papers, one of which ends soon; a clinic and a school;
two messages to departments, one of which could not be sent."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from linli.foundation.calendar.clock import now, today
from linli.foundation.people.actions.mandates import accept_mandate, give_mandate
from linli.foundation.people.models import Organisation, Person
from linli.foundation.people.queries import mandate_for
from linli.services.gov import wallet
from linli.services.gov.actions import outside, sending
from linli.services.gov.models import Application, Endpoint

_KEY = "not-a-real-key-of-the-demo"


def furnish(demo: Any) -> None:
    """Called last of this room: what is sent are the applications that are there."""
    resident, elder, worker = demo.stars["resident"], demo.stars["elder"], demo.worker
    if mandate_for(resident, elder, "gov") is None:
        with demo.days_ago(40, hour=19):
            mandate = give_mandate(elder, resident.phone, scope=["gov"])
        with demo.days_ago(40, hour=20):
            accept_mandate(resident, mandate)
    _papers(demo, worker, resident, elder)
    _places(demo, worker)
    _sendings(demo)


def _papers(demo: Any, worker: Person, resident: Person, elder: Person) -> None:
    soon, later = today() + timedelta(days=25), today() + timedelta(days=2900)
    rows = [(resident, "id_card", "3301**DEMO**0001", later, 0),
            (resident, "household_register", "DEMO-HK-07", None, 1), (elder, "id_card", "3301**DEMO**0002", soon, 2)]
    if not demo.small:
        rows += [(elder, "senior_card", "DEMO-YD-19", None, 3), (elder, "social_security_card", "DEMO-SB-24", later, 4)]
    for owner, licence, number, until, place in rows:
        with demo.days_ago(30 - place, hour=10):
            wallet.keep_verified(worker, owner, licence, _picture(place), until, number=number, once=f"demo.{place}")
    wallet.remind()


def _picture(place: int) -> SimpleUploadedFile:
    """A card that nobody takes for a real one."""
    card = Image.new("RGB", (428, 270), ("#dfe9e4", "#efe3d6", "#dfe4ee", "#eee0e4", "#e6eede")[place % 5])
    pen = ImageDraw.Draw(card)
    pen.rectangle((12, 12, 415, 257), outline="#5a6b64", width=3)
    pen.text((150, 125), "SAMPLE - NOT A REAL PAPER", fill="#5a6b64")
    out = BytesIO()
    card.save(out, "PNG")
    return SimpleUploadedFile("sample.png", out.getvalue(), "image/png")


def _places(demo: Any, worker: Person) -> None:
    clinic = Organisation.objects.get_or_create(area=demo.area, name="梧桐里社区卫生服务站", defaults={
        "kind": "clinic", "phone": "0571-00000040"})[0]
    school = Organisation.objects.get_or_create(area=demo.area, name="梧桐里小学", defaults={
        "kind": "school", "phone": "0571-00000041"})[0]
    with demo.days_ago(9, hour=11):
        outside.keep_place(
            worker, demo.area, clinic, services=["clinic", "family-doctor", "vaccination"],
            address="梧桐里 2 号，驿站东侧", hours="周一至周六 8:00–17:00，打疫苗周二、周四上午",
            note="看病不用空腹；抽血要空腹，早上 8:00 到 9:30 抽。门口有坡道。")
        outside.keep_place(
            worker, demo.area, school, services=["school"], address="梧桐里 16 号，北门登记进校",
            hours="上学日 8:00–16:00，办事到教务处", note="转学、在读证明、延时班都在教务处。")


def _sendings(demo: Any) -> None:
    """To a system that is no more connected: the demo calls nobody."""
    rows = Application.objects.filter(area=demo.area).exclude(number="").select_related(
        "version", "area", "subject", "sheet", "filing__sheet")
    for number, application in enumerate(rows.order_by("pk")[:2]):
        department = application.version.body["local"]["department"]
        line = Endpoint.objects.get_or_create(area=demo.area, department=department, defaults={
            "url": "https://department.example.org/linli", "key_id": "demo", "secret": _KEY})[0]
        with demo.days_ago(2, hour=9 + number):
            Endpoint.objects.filter(pk=line.pk).update(is_on=True)
            row = sending.queue(application, "handed_in")
            claimed = sending.claim(row.pk) if row is not None else None
            if claimed is not None and number == 0:
                sending.note_sent(claimed, f"DEMO-{now():%y%m%d}-0007")
            elif claimed is not None:
                sending.note_failed(claimed, "unreachable", final=True)
            Endpoint.objects.filter(pk=line.pk).update(is_on=False)
