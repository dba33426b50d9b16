"""What a platform runs, in the words of engines that know containers and no pods. Compose and Swarm files are made of it."""
