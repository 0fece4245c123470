"""Many plans of one hall, and what drives them: a marimo notebook, `marimo edit docs/notebooks/sweep.py`."""

import marimo

app = marimo.App(width="medium")


@app.cell
def _():
    import duckdb
    import marimo as mo

    import gigacampus as gc

    return duckdb, gc, mo


@app.cell
def _(mo):
    mo.md(
        """
        # Many runs

        A sweep takes any inputs: lists for a grid, `lo..hi` for a sample, variants, seeds. With `out` what is finished
        is not run again. `kind="plan"` plays deal and build-out alone.
        """
    )
    return


@app.cell
def _(gc):
    rate, ratio = "campus.install_rate", "campus.facility_ratio"
    found = gc.sweep("one-hall", kind="plan", vary={rate: "4..20 racks/day", ratio: "1.1..1.4"}, samples=16)
    found
    return (found,)


@app.cell
def _(duckdb, found):
    duckdb.sql('select corr("campus.install_rate", h100e_months) as racks, count(*) as runs from found')
    return


@app.cell
def _(found):
    from gigacampus.sweep.indices import tornado

    swings = tornado(found, "h100e_months")
    swings
    return (swings,)


@app.cell
def _(found, swings):
    assert {one.path for one in swings} == {"campus.install_rate", "campus.facility_ratio"}
    assert len(found) == 16
    assert found.failed == 0
    return


if __name__ == "__main__":
    app.run()
