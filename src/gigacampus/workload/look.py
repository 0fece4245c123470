"""`look`: whether what tenants ask for can be drawn: their logs, the models that they train and serve."""

from __future__ import annotations

from gigacampus.errors import Gathered, ScenarioError, UsageError
from gigacampus.scenario import Scenario
from gigacampus.scenario.beside import beside, placed
from gigacampus.scenario.tenants import Tenant
from gigacampus.scenario.unknown import where_known
from gigacampus.workload.fits import fit_of
from gigacampus.workload.runs import trained
from gigacampus.workload.serving import fleet_of


def look(scenario: Scenario) -> None:
    """Read the tenants' logs and ask the models of training and serving as `draw` would.

    Raises InputError with the faults of all of them.
    """
    gathered = Gathered()
    for name, tenant in scenario.tenants.items():
        with where_known:
            _look(scenario, name, tenant, gathered)
    gathered.told()


def _look(scenario: Scenario, name: str, tenant: Tenant, gathered: Gathered) -> None:
    with where_known, gathered:
        _read(scenario, name, tenant)
    for key, run in tenant.runs.items():
        with where_known, gathered:
            if run.model:
                trained(scenario, name, key)
    for key in tenant.services:
        with where_known, gathered:
            _size(scenario, name, key)


def _read(scenario: Scenario, name: str, tenant: Tenant) -> None:
    """Read the tenant's log where it is there; where it is not, the scenario's own checks say so."""
    mix = tenant.mix
    if mix is not None and mix.log and beside(scenario, mix.log, ("tenants", name, "mix", "log")).is_file():
        fit_of(scenario, name, mix)


def _size(scenario: Scenario, name: str, key: str) -> None:
    """Size a service's replica."""
    service = scenario.tenants[name].services[key]
    try:
        if service.fleet is not None:
            fleet_of(service.fleet, service.load, next(iter(scenario.campus.racks), ""))
    except UsageError as error:
        raise ScenarioError(placed(scenario, error.faults, "tenants", name, "services", key)) from None
