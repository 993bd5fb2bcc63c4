"""What the example scripts share: command line, data, network, and where results go."""
