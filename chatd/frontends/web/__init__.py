"""The door for browsers: HTTP, and the dialects over WebSocket."""
