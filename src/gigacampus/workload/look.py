"""`look`: whether what tenants ask for can be drawn: their logs, the models that they train and serve."""

from __future__ import annotations

from gigacampus.errors import Gathered
from gigacampus.scenario import Scenario
from gigacampus.scenario.beside import missing, placing
from gigacampus.scenario.unknown import where_known
from gigacampus.workload.fits import fit_of
from gigacampus.workload.runs import trained
from gigacampus.workload.serving import fleet_of


def look(scenario: Scenario) -> None:
    """Read the tenants' logs and ask the models of training and serving as `draw` would.

    Raises InputError with the faults of all of them. What breaks the rules of its own section is not asked about.
    """
    gathered = Gathered()
    for name, tenant in scenario.tenants.items():
        with where_known, gathered:
            _read(scenario, name)
        for key, run in tenant.runs.items():
            with where_known, gathered:
                if run.model and not run.broken():
                    trained(scenario, name, key)
        for key in tenant.services:
            with where_known, gathered:
                _size(scenario, name, key)
    gathered.told()


def _read(scenario: Scenario, name: str) -> None:
    """Read the tenant's log."""
    mix = scenario.tenants[name].mix
    if mix is not None and mix.log and not missing(scenario, mix.log, ("tenants", name, "mix", "log")):
        with placing(scenario, "tenants", name, "mix"):
            fit_of(scenario, name, mix)


def _size(scenario: Scenario, name: str, key: str) -> None:
    """Size a replica of the service."""
    service = scenario.tenants[name].services[key]
    if service.fleet is not None and not service.fleet.broken():
        with placing(scenario, "tenants", name, "services", key):
            fleet_of(service.fleet, service.load, next(iter(scenario.campus.racks), ""))
