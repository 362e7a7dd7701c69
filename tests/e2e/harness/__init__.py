"""What the end-to-end tests and the quick start share: real servers, real processes, and a comparer."""
