"""Whether a written sentence holds: exact parts and wording by rules, meaning by a model that reads."""
