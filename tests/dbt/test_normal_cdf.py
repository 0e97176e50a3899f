"""The macro `normal_cdf` against scipy."""

import duckdb
import jinja2
import numpy as np
from scipy.stats import norm

from orchestration.dbt import PROJECT


def test_the_macro_is_the_normal_distribution_function() -> None:
    """On a fine grid of [-5, 5], both halves and the middle, to 1e-12; a null stays null."""
    source = (PROJECT / "macros" / "normal_cdf.sql").read_text()
    macros = jinja2.Environment(autoescape=False).from_string(source).make_module()
    sql = vars(macros)["normal_cdf"]("x")
    grid = np.union1d(np.linspace(-5, 5, 100_001), [-4.0, -1e-300, 0.0, 1e-300, 4.0])
    with duckdb.connect() as connection:
        connection.execute("create table points as select unnest(?::double[]) as x", [grid.tolist()])
        found = connection.execute(f"select {sql} from points order by x").fetchnumpy()
        assert connection.execute(f"select {sql} from (select null::double as x)").fetchone() == (None,)
    (values,) = found.values()
    assert np.abs(values - norm.cdf(np.sort(grid))).max() < 1e-12
