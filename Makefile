# Everything starts here; each target is one script, and each script may be called by itself.
.PHONY: run setup test bench

run:
	@scripts/run

setup:
	@scripts/setup

test:
	@scripts/test

bench:
	@scripts/bench
