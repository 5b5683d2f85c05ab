"""What people and schedules do in credit, by subject."""
