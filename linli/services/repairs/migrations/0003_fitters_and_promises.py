import django.db.models.deletion
import linli.foundation.records
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('bookings', '0001_initial'),
        ('repairs', '0002_quote_hold'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Fitter',
            fields=[
                ('id', models.BigIntegerField(default=linli.foundation.records.new_id, editable=False, primary_key=True, serialize=False)),
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('resource', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='bookings.resource')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddField(
            model_name='visit',
            name='fitter',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='visit',
            name='reservation',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='bookings.reservation'),
        ),
        migrations.AlterField(
            model_name='visit',
            name='state',
            field=models.CharField(choices=[('agreed', '约好了'), ('kept', '来过了'), ('missed', '上门没遇到人'), ('failed', '师傅没来'), ('moved', '改了时间'), ('dropped', '不用来了')], default='agreed', max_length=8),
        ),
        migrations.AddIndex(
            model_name='visit',
            index=models.Index(condition=models.Q(('state', 'agreed')), fields=['ends'], name='visit_agreed_until'),
        ),
    ]
