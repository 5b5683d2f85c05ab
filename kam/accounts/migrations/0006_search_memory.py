"""Let SQLite's search index gather 32 MB before it writes a segment: an import merges fewer of them."""

from django.db import migrations

FTS = "accounts_search_fts"


def set_hash_size(size):
    def run(apps, schema_editor):
        if schema_editor.connection.vendor == "sqlite":
            with schema_editor.connection.cursor() as cursor:
                # Kept in the index's own configuration, so every connection reads it.
                cursor.execute(f"INSERT INTO {FTS}({FTS}, rank) VALUES ('hashsize', {size})")

    return run


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_production")]
    operations = [migrations.RunPython(set_hash_size(32 * 1024 * 1024), set_hash_size(1024 * 1024))]
