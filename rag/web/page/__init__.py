"""The chat page: Gradio components, conversation, filters, and the HTML of an answer."""
