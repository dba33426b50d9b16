"""`topology: sentinel`: three servers with a sentinel beside each, which together make one of the servers the primary."""
