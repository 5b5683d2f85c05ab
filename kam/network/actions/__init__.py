"""What staff do to the network: edit it by hand, take it in from a file."""
