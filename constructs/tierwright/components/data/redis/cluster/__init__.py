"""`topology: cluster`: six nodes, three primaries with a part of the keys each, and a replica of each of them."""
