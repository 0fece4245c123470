"""The tenants: who may use which share of the campus, and what work they do there."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from gigacampus.scenario.base import Section
from gigacampus.scenario.quantity import Chips, Moment, Share, Span


class Tenancy(Section):
    """A share of the live chips, for a time."""

    share: Share
    """Share of the campus's live chips."""
    start: Moment | None = None
    """From when; from the first chip where left out."""
    end: Moment | None = None
    """Last day; open where left out."""
    takes_from: str = "pro_rata"
    """Whose share gives way: `pro_rata` (all others by their shares) or a tenant's name."""


class TrainingRun(Section):
    """A large training run that is planned: one job, all or nothing."""

    start: Moment
    """When it is submitted."""
    chips: Chips
    """Chips it asks for, all or nothing; where the tenant has fewer it waits for them."""
    length: Span
    """Useful run time on those chips."""
    checkpoint: Span
    """Time between checkpoints."""


class Service(Section):
    """An inference service whose load follows a measured request rate, over and over."""

    share: Share
    """Share of the tenant's chips held for it at the highest load of the measured weeks."""
    load: Literal["servegen_large", "servegen_mid", "servegen_small"] = "servegen_large"
    """Which measured two weeks of request rates the load follows: large, middle or small models."""
    floor: Share
    """Least share of its replicas kept when load is low; `100 %` holds them all the time."""


class Mix(Section):
    """A stream of jobs like a published workload, scaled to what the tenant has."""

    like: Literal["acme", "acme_seren", "itp", "philly", "openb"]
    """Which one: LLM development (`acme` is its Kalos cluster, `acme_seren` the mixed one) or a cloud's job list."""
    load: Share
    """Offered load: chip-seconds asked for, as a share of the chips beside its services at their highest load and its
    runs."""


class Tenant(Section):
    """Somebody who uses the campus."""

    party: str
    """Party behind it."""
    tenancies: list[Tenancy]
    """Its shares over time."""
    mix: Mix | None = None
    """Its stream of jobs."""
    runs: dict[str, TrainingRun] = Field(default_factory=dict)
    """Its stated training runs."""
    services: dict[str, Service] = Field(default_factory=dict)
    """Its inference services."""
    end_users: str = ""
    """ISO code of the end users' country, where known."""
