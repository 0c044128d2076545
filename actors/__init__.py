"""The actors of Playbill and the rooms they work in; what they say to each other is in `contracts`."""
