"""What an outage of lines does to accounts, and how the network is drawn."""
