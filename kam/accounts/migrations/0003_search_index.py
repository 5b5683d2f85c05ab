"""The index behind the search: SQLite FTS5 over `grams`, kept by triggers; PostgreSQL GIN over the same pieces."""

from django.db import migrations

TABLE = "accounts_searchentry"
FTS = "accounts_search_fts"

SQLITE = (
    # The pieces are stored once, in the table; the index only holds postings. `ascii` cuts at the spaces alone.
    f"CREATE VIRTUAL TABLE {FTS} USING fts5(grams, content='{TABLE}', content_rowid='id', tokenize='ascii')",
    f"""CREATE TRIGGER {FTS}_insert AFTER INSERT ON {TABLE} BEGIN
        INSERT INTO {FTS}(rowid, grams) VALUES (new.id, new.grams);
    END""",
    f"""CREATE TRIGGER {FTS}_delete AFTER DELETE ON {TABLE} BEGIN
        INSERT INTO {FTS}({FTS}, rowid, grams) VALUES ('delete', old.id, old.grams);
    END""",
    f"""CREATE TRIGGER {FTS}_update AFTER UPDATE OF grams ON {TABLE} BEGIN
        INSERT INTO {FTS}({FTS}, rowid, grams) VALUES ('delete', old.id, old.grams);
        INSERT INTO {FTS}(rowid, grams) VALUES (new.id, new.grams);
    END""",
    f"INSERT INTO {FTS}({FTS}) VALUES ('rebuild')",
)
SQLITE_BACK = (
    f"DROP TRIGGER {FTS}_insert",
    f"DROP TRIGGER {FTS}_delete",
    f"DROP TRIGGER {FTS}_update",
    f"DROP TABLE {FTS}",
)
POSTGRESQL = (f"CREATE INDEX accounts_search_gin ON {TABLE} USING gin (string_to_array(grams, ' '))",)
POSTGRESQL_BACK = ("DROP INDEX accounts_search_gin",)


def forwards(apps, schema_editor):
    _run(schema_editor, {"sqlite": SQLITE, "postgresql": POSTGRESQL})


def backwards(apps, schema_editor):
    _run(schema_editor, {"sqlite": SQLITE_BACK, "postgresql": POSTGRESQL_BACK})


def _run(schema_editor, statements):
    with schema_editor.connection.cursor() as cursor:
        for statement in statements[schema_editor.connection.vendor]:
            cursor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_initial")]
    operations = [migrations.RunPython(forwards, backwards)]
