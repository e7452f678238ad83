"""The clients there are, one class for each dialect."""

from __future__ import annotations

from tests.behaviour.client import Client, Happening
from tests.behaviour.irc_client import IrcClient
from tests.behaviour.json_client import JsonClient
from tests.behaviour.text_client import TextClient
from tests.behaviour.web_client import WebClient

__all__ = ["Client", "Happening", "IrcClient", "JsonClient", "TextClient", "WebClient"]
