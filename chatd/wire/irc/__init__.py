"""The IRC dialect (RFC 1459, RFC 2812, the Modern IRC document, IRCv3): lines to requests, events to lines."""
