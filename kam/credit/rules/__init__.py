"""Credit in plain Python: what a grade is made of, what may follow from it, how late a bill may be paid."""
