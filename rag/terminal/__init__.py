"""The command line as people meet it: grammar, settings, batches, printing, evaluation, doctor.

An edge of `rag`: it is given objects and builds none (`app` does), and the core of `rag` never imports it.
"""
