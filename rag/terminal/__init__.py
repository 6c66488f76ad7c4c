"""The command line as a reader of the archive meets it: its grammar, batches, printing, tour and doctor.

An edge of `rag`: it is given objects and builds none (`app` does), and the core of `rag` never imports it.
"""
