"""TLS: the server's certificate, and the CA by which its clients know it. Off, it leaves no trace."""
