"""Question in, cited answer out: retrieval, reading, checks and rendering.

Data flows `question` (follow-up, compound, answer type) -> `retrieve` -> `quote` or `write` -> `abstain` ->
`cite` -> `render`. `assistant` runs these steps and is the only module that knows all of them; `llama` is the
same for programs that use llama-index.
"""
