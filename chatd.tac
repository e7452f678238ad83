# -*- python -*-
"""chatd on its defaults: `twistd -ny chatd.tac`.

For options use the plugin, `twistd -n chatd --help`, or edit this file: it is Python, and
`config.load()` returns plain settings.

With `-n` twistd leaves the shell's umask alone, and its 0077 holds only for a daemon. The service
sets 0077 itself when it starts, so the data folder is private either way.
"""

from twisted.application import service
from twisted.internet import reactor

from chatd import app, config, tap

application = service.Application("chatd")
log = tap.log_of(tap.command_line())
app.build(config.load(), reactor, log=log).setServiceParent(application)
