"""The command line: flags and settings, one module for a command or a pair of commands, and what they print.

Commands are given the objects they use, or functions that build these: only `app` builds objects. Nothing
else in `rag` imports this package.
"""
