"""The deal room: quotas, licences, gates, obligations, deliveries; what clears, and the compliance ledger."""

from gigacampus.deal.clear import clear

__all__ = ["clear"]
