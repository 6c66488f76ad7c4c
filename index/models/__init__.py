"""Models that embed or score text: the bundled ONNX ones, and OpenAI-compatible endpoints."""
