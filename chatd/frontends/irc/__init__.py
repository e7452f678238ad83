"""The front end for IRC clients: their verbs, carried out by the registry and the table of commands."""
