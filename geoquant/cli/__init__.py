"""The command line: parse, make options, one library call, show the result."""
