"""The end-to-end cases, one a file: each has `run(context)` and one sentence that says what it claims."""
