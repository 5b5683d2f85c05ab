"""What planners do: draft, edit, move and cancel outages, ask for and grant exceptions, take interruptions in."""
