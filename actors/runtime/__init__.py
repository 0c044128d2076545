"""The only door to NATS: connections, streams and consumers, pulling, publishing, cancels, drain."""
