"""Cutting articles into passages: paragraph and sentence borders, token counts, splitting."""
