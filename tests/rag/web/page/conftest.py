"""Gradio, imported as the server imports it before the tests here do so: without the stubs that it writes."""

from rag.web.page.stubs import without_stubs

with without_stubs():
    import gradio as gradio
