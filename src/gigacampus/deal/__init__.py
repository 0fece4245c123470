"""The deal room: quotas, licences, gates, obligations, deliveries; what clears, and the compliance ledger."""

from gigacampus.deal.clear import clear
from gigacampus.deal.sampling import Arrivals, Sampler

__all__ = ["Arrivals", "Sampler", "clear"]
