"""Question in, cited answer out: retrieval, reading, checks and rendering.

Data flows `question -> followup -> retrieve (fuse, rerank) -> extract -> abstain -> cite -> render`;
`assistant` runs that line and is the only module that knows all of it.
"""
