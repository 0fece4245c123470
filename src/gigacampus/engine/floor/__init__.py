"""Queues on a floor of racks and halls, through failures, maintenance, power limits and uneven speeds."""
