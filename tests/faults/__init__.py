"""Campaigns of real faults against real processes: `make faults`; `make test` runs a tenth. See docs/faults.md."""
