from datetime import timedelta

from django.db import migrations, models
from django.utils.timezone import localdate

KEPT = (("guiderequest", "access.guide"), ("signing", "access.signing"))
KEEP_DAYS = 180


def start_terms(apps, schema_editor):
    """Where and what for was promised to go after half a year: the term of what is there already begins with its day."""
    timers = apps.get_model("privacy", "RetentionTimer").objects
    for name, purpose in KEPT:
        label = f"access.{name}"
        known = set(timers.filter(thing_type=label, purpose=purpose).values_list("thing_id", flat=True))
        rows = apps.get_model("access", name).objects.select_related("area").order_by("pk")
        for row in rows.only("pk", "ends", "area__code").iterator(chunk_size=500):
            if str(row.pk) not in known:
                timers.create(
                    thing_type=label, thing_id=str(row.pk), purpose=purpose, area_code=row.area.code,
                    ends_on=localdate(row.ends) + timedelta(days=KEEP_DAYS))


class Migration(migrations.Migration):

    dependencies = [
        ("access", "0001_initial"),
        ("areas", "__first__"),
        ("privacy", "__first__"),
    ]

    operations = [
        migrations.AddField(
            model_name="outage",
            name="looked_at",
            field=models.DateTimeField(blank=True, help_text="when staff last saw that it is still so", null=True),
        ),
        migrations.AlterField(
            model_name="guiderequest",
            name="state",
            field=models.CharField(choices=[("asked", "在找人"), ("matched", "有人陪"), ("reported", "等确认时长"), ("lapsed", "没人确认"), ("done", "陪过了"), ("cancelled", "取消了")], default="asked", max_length=10),
        ),
        migrations.RunPython(start_terms, migrations.RunPython.noop, elidable=True),
    ]
