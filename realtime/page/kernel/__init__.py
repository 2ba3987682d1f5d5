"""Our own kernel for browsers: its source, in C, and the files that it reads."""
