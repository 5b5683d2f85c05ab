"""Key-account management for a power supply company.

Django's SQLite backend imports the standard library's `sqlite3`. Debian 12 ships 3.40.1, which is in the range of
the WAL-reset corruption race that two writing processes can meet (fixed in 3.51.3), so the package that bundles a
newer library takes its name before Django is imported.
"""

import sys

import pysqlite3

sys.modules["sqlite3"] = pysqlite3
sys.modules["sqlite3.dbapi2"] = pysqlite3.dbapi2
