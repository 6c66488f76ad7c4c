"""What the models are told: one Markdown file per prompt, loaded by name, its variables checked at load."""

from prompts.prompt import Prompt, PromptError, load

__all__ = ["Prompt", "PromptError", "load"]
