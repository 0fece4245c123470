"""What a share for xAI does to each party: a marimo notebook, `marimo edit docs/notebooks/deal.py`."""

import marimo

app = marimo.App(width="medium")


@app.cell
def _():
    import marimo as mo
    import polars as pl

    import gigacampus as gc

    return gc, mo, pl


@app.cell
def _(mo):
    mo.md(
        """
        # Who gets what, and what a newcomer does

        `gc.plan` plays the deal and the build-out; its tables go to polars (or pandas, or duckdb) without copies of
        their numbers. Everything after `known_as_of` is a projection.
        """
    )
    return


@app.cell
def _(gc, pl):
    found = gc.plan("stargate-uae")
    months = pl.DataFrame(found.tables["buildout_months"])
    live = months.select("month_s", "live_chips", "live_h100e", "binding").filter(pl.col("live_chips") > 0)
    live.head(12)
    return (found, live)


@app.cell
def _(gc):
    compared = gc.compare("stargate-uae", variants=["xai-share"], kind="plan")
    compared
    return (compared,)


@app.cell
def _(compared, pl):
    parties = pl.DataFrame(
        [{"case": one["name"], **row} for one in compared.as_dict()["cases"] for row in one["parties"]]
    )
    parties.select("case", "name", "role", "chips", "h100e_months", "since").filter(pl.col("role") == "tenant")
    return (parties,)


@app.cell
def _(compared, live, parties):
    openai = parties.filter((parties["party"] == "openai") & (parties["case"] == "xai-share"))
    assert live["live_chips"].max() > 0
    assert openai["old_share"][0] > openai["new_share"][0]
    assert compared.is_changed
    return


if __name__ == "__main__":
    app.run()
