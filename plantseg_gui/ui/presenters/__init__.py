"""One user act, one function."""
