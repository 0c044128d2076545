"""What Playbill costs, measured against the least possible; no part of the distribution."""
