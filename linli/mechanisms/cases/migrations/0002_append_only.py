"""The database itself refuses to change or delete an event or a firing, except of an erased case."""

from __future__ import annotations

from django.db import migrations

SQLITE = [
    """CREATE TRIGGER cases_event_no_{op_l} BEFORE {op} ON cases_caseevent
       WHEN (SELECT erased_at FROM cases_case WHERE id = OLD.case_id) IS NULL
       BEGIN SELECT RAISE(ABORT, 'cases_caseevent is append-only'); END""",
    """CREATE TRIGGER cases_firing_no_{op_l} BEFORE {op} ON cases_timerfiring
       BEGIN SELECT RAISE(ABORT, 'cases_timerfiring is append-only'); END""",
]
POSTGRES = [
    """CREATE FUNCTION cases_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         IF TG_TABLE_NAME = 'cases_caseevent' THEN
           IF EXISTS (SELECT 1 FROM cases_case WHERE id = OLD.case_id AND erased_at IS NOT NULL) THEN
             RETURN COALESCE(NEW, OLD);
           END IF;
         END IF;
         RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
       END $$""",
    """CREATE TRIGGER cases_event_append_only BEFORE UPDATE OR DELETE ON cases_caseevent
       FOR EACH ROW EXECUTE FUNCTION cases_append_only()""",
    """CREATE TRIGGER cases_firing_append_only BEFORE UPDATE OR DELETE ON cases_timerfiring
       FOR EACH ROW EXECUTE FUNCTION cases_append_only()""",
]


def forward(apps, editor):
    if editor.connection.vendor == "postgresql":
        for statement in POSTGRES:
            editor.execute(statement, params=None)  # "%" in it is no placeholder
    else:
        for statement in SQLITE:
            for op in ("UPDATE", "DELETE"):
                editor.execute(statement.format(op=op, op_l=op.lower()))


def backward(apps, editor):
    if editor.connection.vendor == "postgresql":
        editor.execute("DROP TRIGGER cases_event_append_only ON cases_caseevent")
        editor.execute("DROP TRIGGER cases_firing_append_only ON cases_timerfiring")
        editor.execute("DROP FUNCTION cases_append_only")
    else:
        for table in ("event", "firing"):
            for op in ("update", "delete"):
                editor.execute(f"DROP TRIGGER cases_{table}_no_{op}")


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial")]
    operations = [migrations.RunPython(forward, backward, elidable=False)]
