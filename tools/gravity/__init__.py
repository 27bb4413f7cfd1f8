"""Scripts that make the tables of docs/gravity.md."""
