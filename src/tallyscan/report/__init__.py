"""What a reading becomes outside: the risk and its event, the annotated picture, the page for an officer."""
