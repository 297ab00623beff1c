"""Long proofs, run by hand: ``python -m tests.campaigns NAME``. Figures are kept in RESULTS.md."""
