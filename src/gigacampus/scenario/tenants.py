"""The tenants: who may use which share of the campus, and what work they do there."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from gigacampus.scenario.base import Rules, Section
from gigacampus.scenario.quantity import Chips, ItPower, Moment, Quantity, Share, Span, assumed, quantity

if TYPE_CHECKING:
    Tokens = Quantity
    Requests = Quantity
    People = Quantity
else:
    Tokens = quantity("one", le=1e17, example="15e12")
    Requests = quantity("one", le=1e7, example="200")
    People = quantity("one", le=1e11, example="50e6")


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
    end_users: str = ""
    """ISO code of the end users' country under this tenancy; the tenant's where left out."""
    remote_access: Share | None = None
    """Share of it that is used from outside the campus's country; not known where left out."""


class RampUp(Section):
    """The first part of a run, on few chips at first, twice as many in each further step."""

    share: Share
    """Share of the chips in the first step."""
    length: Span
    """Of all steps together; they are equally long."""


class Evaluation(Section):
    """Pauses of training in which the model is tried out, on all chips of the run."""

    every: Span
    """Training between two of them."""
    length: Span
    """How long one takes."""


class TrainingRun(Section):
    """A large training run that is planned: jobs, stage by stage, each all or nothing.

    Its length is stated, or follows from `model` and `tokens` by the model of training.
    """

    start: Moment
    """When it is submitted."""
    announced: Moment | None = None
    """Makes it a planned run: from then on its chips are kept free for `start`, whatever the policy."""
    chips: Chips
    """Chips it asks for, all or nothing; where the tenant has fewer it waits for them."""
    length: Span | None = None
    """Useful run time on those chips, evaluations left out."""
    model: str = ""
    """In place of a length: model of the catalog, such as llama3-405b."""
    tokens: Tokens | None = None
    """Tokens to train it on."""
    chip: str = ""
    """Chip that the model of training reckons with; the first of `campus.racks` where left out."""
    precision: Literal["", "bf16", "fp8", "fp4"] = ""
    """Format of its matrix products; by the chip where left out."""
    checkpoint: Span | None = None
    """Time between checkpoints; the scenario's where left out, or with a model Daly's for its failures."""
    ramp_up: RampUp | None = None
    """How it begins; on all chips at once where left out."""
    evaluation: Evaluation | None = None
    """Evaluations in between; none where left out."""
    elastic_from: Chips | None = None
    """Makes it elastic: where the tenant is to have fewer chips beside its services, it holds as many eighths of
    `chips` as there are, but not fewer than this; left out, it waits for all of them."""

    def _rules(self) -> Rules:
        yield "chips", lambda: self.chips < 1.0 and "at least one"
        yield "length", lambda: self.length is not None and self.length <= 0.0 and "more than 0"
        told_after = "not after the start of the run"
        yield "announced", lambda: self.announced is not None and self.announced > self.start and told_after
        told_length = "give either a length, or a model with its tokens"
        yield "length", lambda: (self.length is None) == (not self.model) and told_length
        told_tokens = "goes with a model, and a model with tokens"
        yield "tokens", lambda: bool(self.model) != (self.tokens is not None) and told_tokens
        told_model = "chip and precision are of a model, which is not named"
        yield "model", lambda: not self.model and bool(self.chip or self.precision) and told_model
        told_elastic = "more than the chips of the run"
        yield "elastic_from", lambda: self.elastic_from is not None and self.elastic_from > self.chips and told_elastic
        told_ramp = "more than 0 and less than 100 %"
        yield "ramp_up.share", lambda: self.ramp_up is not None and not 0.0 < self.ramp_up.share < 1.0 and told_ramp
        yield "evaluation.every", lambda: self.evaluation is not None and self.evaluation.every <= 0.0 and "more than 0"


class Fleet(Section):
    """What a service runs and for whom: chips, latency, tokens and energy then follow from the model of serving."""

    model: str
    """Model of the catalog, such as deepseek-r1."""
    chip: str = ""
    """Chip that it is reckoned on; the first of `campus.racks` where left out."""
    precision: Literal["", "fp4", "int4", "fp8", "bf16", "fp16"] = ""
    """Format of the weights; the narrowest that the chip has where left out."""
    framework: Literal["trtllm", "vllm", "sglang"] = "trtllm"
    """Software that serves it."""
    requests: Requests | None = None
    """Requests a second in the highest window of its load."""
    users: People | None = None
    """In place of `requests`: people who use it."""
    user_tokens: Requests | None = None
    """Output tokens that each of them asks for in a day, on the mean."""
    prompt: Requests | None = None
    """Mean tokens of a prompt; those of the load's log where left out, 1,024 where it has none."""
    answer: Requests | None = None
    """Mean tokens of an answer; likewise."""
    first_token: Span = assumed("2 s", note="target of interactive use")
    """Target for the time to the first token, for 99 % of requests."""
    token: Span = assumed("0.05 s", note="target of interactive use: 20 tokens a second")
    """Target for the time of each further token."""
    start_up: Span = assumed("300 s", note="loading weights and warming up; minutes are usual")
    """Time to start a replica; it holds its chips already."""

    def _rules(self) -> Rules:
        told = "give either requests, or users with user_tokens"
        yield "requests", lambda: (self.requests is None) == (self.users is None) and told
        told_users = "goes with users, and users with user_tokens"
        yield "user_tokens", lambda: (self.users is None) != (self.user_tokens is None) and told_users
        for name in ("requests", "users", "user_tokens", "prompt", "answer", "first_token", "token"):
            yield name, partial(self._is_nothing, name)

    def _is_nothing(self, name: str) -> str:
        value = getattr(self, name)
        return "more than 0" if value is not None and value <= 0.0 else ""


class Service(Section):
    """An inference service whose load follows a measured request rate, over and over."""

    share: Share
    """Share of the tenant's chips held for it at the highest load of the measured weeks; with a `fleet` the most."""
    load: Literal["servegen_large", "servegen_mid", "servegen_small", "azure_code", "azure_conv", "mooncake"] = (
        "servegen_large"
    )
    """Which measured request rates the load follows: two weeks of large, middle or small models, or an hour of logs."""
    floor: Share
    """Least share of its replicas kept when load is low; `100 %` holds them all the time."""
    yields: Literal["always", "night", "never"] = "always"
    """When replicas beyond the load give their chips to the tenant's other work: night is 22 to 6 h local time."""
    fleet: Fleet | None = None
    """What it runs, so that replicas follow from the load; left out, they are a share of the tenant's chips."""


class Mix(Section):
    """A stream of jobs like a published workload or a log of your own, scaled to what the tenant has."""

    like: Literal["", "acme", "acme_seren", "itp", "philly", "openb"] = ""
    """Which one: LLM development (`acme` is its Kalos cluster, `acme_seren` the mixed one) or a cloud's job list."""
    log: str = ""
    """In place of `like`: a job log of any format that `gigacampus trace` reads."""
    log_chips: Chips | None = None
    """Chips of the machine that the log came from; what its header says, or its highest use, where left out."""
    columns: dict[str, str] = Field(default_factory=dict)
    """Of a log that is a CSV with other names: our columns from the file's, such as `run_s: ms * 0.001`."""
    zone: str = "UTC"
    """Time zone of a log's dates that carry none, such as Asia/Dubai."""
    load: Share
    """Offered load: chip-seconds asked for, as a share of the chips beside its services at their highest load and its
    runs."""

    def _rules(self) -> Rules:
        yield "like", lambda: bool(self.like) == bool(self.log) and "give either a published workload, or a log"
        told = "of a log, which is not named"
        yield "log_chips", lambda: self.log_chips is not None and not self.log and told
        yield "columns", lambda: bool(self.columns) and not self.log and told


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
    it_power_limit: ItPower | None = None
    """Most rack power that its jobs and services may draw: jobs start only within it, by their class of work. Needs
    `operations.floor`; no limit where left out."""
