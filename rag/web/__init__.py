"""The edge that people meet in a browser: page, reader, widget and HTTP API. The core never imports it."""
