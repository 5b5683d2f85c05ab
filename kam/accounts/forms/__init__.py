"""What people type about key accounts, turned into what actions and queries take."""
