"""What the data support, in a few sentences made of the tables' own figures: what stays unexplained comes first.

Every clause is chosen by a figure; with other figures it says the opposite.
"""

import pandas as pd

from orchestration.defs.attribution.words import bps

RISK = "risk"
ATTRIBUTED = ("settled", "provisional")


def statement(tables: dict[str, pd.DataFrame]) -> str | None:
    """The statement of a run's tables (days, periods, period_themes, fit, lead_lag); None without a row of `fit`."""
    if not len(tables["fit"]):
        return None
    fit = tables["fit"].set_index("model")
    clauses = (_rest(fit, tables["days"]), _risk(tables), _flows(fit, tables["lead_lag"]), _themes(fit))
    return " ".join(clause for clause in clauses if clause)


def _rest(fit: pd.DataFrame, days: pd.DataFrame) -> str:
    """How much of the squared returns stays unexplained, sessions and closed days together."""
    whole = fit.loc["all_themes"]
    span = days[days["date"].between(whole["first_date"], whole["last_date"])]
    squared = span["btc_return_bps"] ** 2
    closed = float(squared[span["attribution_status"] == "closed"].sum() / squared.sum())
    told = whole["r_squared_against_zero"]
    most = "Most stays unexplained" if told * (1 - closed) < 0.5 else "Less than half stays unexplained"
    share = f"{100 * told:.0f}%" if told > 0 else "none"
    return (
        f"{most}: with coefficients known before, what priced markets did goes with {share} of BTC's squared returns "
        f"in {whole['sessions']} sessions ({whole['first_date']:%Y-%m-%d} to {whole['last_date']:%Y-%m-%d}), and with "
        f"none of those on days without a session, {100 * closed:.0f}% of all."
    )


def _risk(tables: dict[str, pd.DataFrame]) -> str:
    """Broad risk in the newest correction that is attributed."""
    periods = tables["periods"]
    episodes = periods[(periods["kind"] == "episode") & periods["status"].isin(ATTRIBUTED)]
    if not len(episodes):
        return "No correction has enough sessions behind it to be attributed."
    episode = episodes.sort_values("first_date").iloc[-1]
    parts = tables["period_themes"]
    risk = parts[(parts["period_id"] == episode["period_id"]) & (parts["theme"] == RISK)].iloc[0]
    fall, part = episode["btc_return_bps"], risk["contribution_bps"]
    named = f"{episode['label'][0].lower()}{episode['label'][1:]}"
    interval = f"{bps(risk['contribution_lower_bps'])} to {bps(risk['contribution_upper_bps'])}"
    figures = f"{bps(part)} of {bps(fall)} log bps (90% {interval})"
    if risk["significant"] is not True:
        return f"Broad risk cannot be told from zero in the {named}: {figures}."
    if part * fall < 0:
        return f"Broad risk goes against the {named}: {figures}."
    how = "part of" if abs(part) <= abs(fall) else "more than all of"
    return f"Broad risk goes with {how} the {named}: {figures}."


def _flows(fit: pd.DataFrame, lead_lag: pd.DataFrame) -> str:
    """Whether flows go with BTC at all, whether their day is clear, and whether they say anything of the rest."""
    layers = fit[fit["target"] == "remainder"]
    total = lead_lag[lead_lag["subject"] == "BTC.TOTAL"].set_index("lag_sessions")
    if not len(total) or not len(layers):
        return ""
    same, following = total["correlation"].reindex([0, -1]).tolist()
    correlations = f"correlation {same:+.2f} with the total printed for the session, {following:+.2f} for the next"
    linked = total.loc[[0, -1], "significant"].any()
    dating = ", so that their dating is unclear" if total.iloc[0]["verdict"] == "dating_unclear" else ""
    moves = (
        f"Fund flows move with BTC ({correlations}{dating})" if linked else f"Fund flows show no link ({correlations})"
    )
    adds = layers["verdict"] == "adds"
    figures = ", ".join(f"{value:.2f}" for value in layers["r_squared_against_zero"])
    datings = "as printed, with IBIT one session earlier, without IBIT"
    tried = f"R squared {figures} {datings}; {layers['sessions'].max()} sessions"
    if len(layers) < 3:
        return f"{moves}; too few sessions have an unexpected flow to say what it adds."
    if adds.all():
        return f"{moves}, and unexpected flows go with part of the rest out of sample, however dated ({tried})."
    if adds.any():
        return f"{moves}; out of sample unexpected flows go with part of the rest by some datings only ({tried})."
    return f"{moves}, but out of sample unexpected flows add nothing to the rest, however dated ({tried})."


def _themes(fit: pd.DataFrame) -> str:
    """Which of the article's themes add to the S&P 500 alone."""
    themes = fit[(fit["target"] == "return") & ~fit.index.isin(["all_themes", "sp500", RISK])]
    if not len(themes):
        return ""
    adding = themes[themes["verdict"] == "adds"]
    best = themes.sort_values("clark_west_p").iloc[0]
    tried = f"{best['label']} comes nearest, Clark-West p {best['clark_west_p']:.2f}"
    if not len(adding):
        return (
            f"None of the article's {len(themes)} themes with a daily price adds to the S&P 500 alone out of sample "
            f"({tried})."
        )
    return f"Out of sample the S&P 500 alone is improved by {', '.join(adding['label'])} of {len(themes)} themes."
