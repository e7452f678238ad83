"""Tells twistd of chatd.

This file imports nothing of chatd: twistd runs it for every `twistd --help`, and an import that
fails here would show only as "Unknown command: chatd".
"""

from twisted.application.service import ServiceMaker

chatd = ServiceMaker(
    "chatd",
    "chatd.tap",
    "A chat daemon: rooms and private messages over raw TCP, IRC, WebSocket and SSH.",
    "chatd",
)
