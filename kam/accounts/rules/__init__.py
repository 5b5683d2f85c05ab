"""Rules of key accounts: credit codes, search texts, industries, contact numbers. Plain Python."""
