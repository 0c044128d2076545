"""What Playbill's actors say to each other, and nothing else: msgspec and the standard library only."""
