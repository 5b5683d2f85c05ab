from django.db import migrations, models


class Migration(migrations.Migration):
    """The tokens' table is core's now; only what refers to them is told."""

    dependencies = [
        ("core", "0008_tokens_of_other_systems"),
        ("service_desk", "0004_links_by_hand"),
    ]

    operations = [
        migrations.RunSQL(
            "UPDATE service_desk_request SET source_ref = replace(source_ref, 'service_desk.ApiToken:', 'core.ApiToken:')"
            " WHERE source = 'API'",
            "UPDATE service_desk_request SET source_ref = replace(source_ref, 'core.ApiToken:', 'service_desk.ApiToken:')"
            " WHERE source = 'API'",
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="apicall",
                    name="token",
                    field=models.ForeignKey(
                        on_delete=models.deletion.CASCADE, related_name="calls", to="core.apitoken"
                    ),
                ),
                migrations.DeleteModel(name="ApiToken"),
            ],
        ),
    ]
