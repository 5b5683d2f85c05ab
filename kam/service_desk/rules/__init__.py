"""Plain rules of the service desk: lifecycle, working time, promises, distance."""
