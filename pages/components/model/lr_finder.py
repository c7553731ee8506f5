"""The learning-rate finder beneath the learning rate: a button, its progress, the curve, and the rate to use.

The search is a job in the cache, named after the settings that its curve belongs to: the same settings show
the same curve in any tab, and other settings show none.
"""

from __future__ import annotations

import math
from typing import Any, Literal

import streamlit as st

from pages.components.shared.selection.selection import manifest_of
from pages.components.shared.text import plain, rough_duration, show_error
from tlcore.config import PhaseName, RunConfig
from tlcore.data.dataset import Dataset
from tlcore.data.defaults import with_defaults
from tlcore.errors import GraftError
from tlcore.evaluate.lr_curve import DIVERGENCE_FACTOR, LEARNED_LOSS, LrCurve
from tlcore.runs.job import ALIVE, Status
from tlcore.runs.lr_search import LrSearch, essential, search_for
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace import Workspace

TunedPhase = Literal["head", "fine-tuning"]  # whose rate can be searched for
EVERY = "1s"
HEIGHT = 220  # pixels
FOUND = "#d97706"
LINE = {"light": "#0f766e", "dark": "#2dd4bf"}
HELP = (
    "Trains for up to a hundred steps while the learning rate rises from tiny to huge, and draws the loss. "
    "Nothing of that training is kept."
)
READING = (
    "The **loss** while the learning rate rose. Where the line falls, steps of that size teach; left of it "
    "they are too small, and where it rises they are too large."
)
GONE = "The search was interrupted: its process is gone. Start it again."


def found_rate(phase: TunedPhase) -> float | None:
    """The rate that a search suggested and the person took in this session."""
    rate: float | None = st.session_state.get(f"found_rate_{phase}")
    return rate


def offer(dataset: Dataset, config: RunConfig, phase: TunedPhase, rate_key: str) -> None:
    """Offer a search for the learning rate of `phase`, or show its result.

    Args:
        config: all that was chosen on the page, other phases included. A head that trains together with a
            whole backbone of random weights has the rate of both.
        rate_key: the session key of the box that a suggested rate goes into.
    """
    trained: PhaseName = "whole" if phase == "head" and not config.pretrained else phase
    if trained not in config.phases:
        return
    config = with_defaults(config, manifest_of(dataset))
    search_config = essential(config, trained)
    search = search_for(Workspace(), dataset, search_config)
    status = BACKEND.status(search)
    if status.state in ALIVE:
        st.fragment(_watch, run_every=EVERY)(search, phase)
        return
    record = search.record()
    curve = record.curve(trained) if record else None
    if curve:
        _show(curve, config.recipe(trained).learning_rate, phase, search.id, rate_key)
    else:
        _show_failure(status)
        _button(search, search_config, dataset, phase)


def _button(search: LrSearch, search_config: RunConfig, dataset: Dataset, phase: str) -> None:
    label = "Find a learning rate"
    if not st.button(label, icon=":material/query_stats:", help=HELP, key=f"find_rate_{phase}"):
        return
    try:
        LrSearch.prepare(search.folder, search_config)
        config = search.folder / "config.json"
        arguments = ["find-rate", str(dataset.folder), "--out", str(search.folder), "--config", str(config)]
        with st.spinner("Starting"):
            BACKEND.start(search, arguments)
    except GraftError as error:
        show_error(error)
    else:
        st.rerun()


def _show_failure(status: Status) -> None:
    if status.state == "failed":
        show_error(GraftError(status.error or "The search failed."))
    if status.state == "lost":
        st.warning(GONE, icon=":material/power_off:")


def _watch(search: LrSearch, phase: str) -> None:
    """Show the search's progress; the whole page is drawn anew at its end."""
    status = BACKEND.status(search)
    if status.state not in ALIVE:
        st.rerun()
    left = f" · {rough_duration(status.seconds_left)} left" if status.seconds_left is not None else ""
    count = f" · {status.done:,} of {status.total:,}" if status.total and status.stage == "features" else ""
    share = min(1.0, status.done / status.total) if status.total else 0.0
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(share, f"{plain(status.message or 'Starting')}{count}{left}")
        st.button(
            "Cancel",
            icon=":material/stop_circle:",
            key=f"cancel_rate_{phase}",
            on_click=_cancel,
            args=(search,),
        )


def _cancel(search: LrSearch) -> None:
    """End it at once: there is nothing to keep, and what it computed into the cache stays whole."""
    BACKEND.cancel(search, 0)


def _show(curve: LrCurve, used: float | None, phase: TunedPhase, id: str, rate_key: str) -> None:
    """The curve, how to read it, and the button that takes the rate."""
    with st.container(border=True):
        if len(curve.rates) > 1:
            st.echarts_chart(
                picture(curve, st.context.theme.type or "light"),
                height=HEIGHT,
                key=f"rates_{phase}_{id}",
                alt="Training loss by learning rate",
            )
            st.caption(READING)
        if curve.suggested is None:
            st.info(f"No rate to suggest. {curve.reason} Keep the automatic one.", icon=":material/info:")
            return
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                f"{curve.suggested:g} is used" if used == curve.suggested else f"Use {curve.suggested:g}",
                icon=":material/check:",
                key=f"use_rate_{phase}",
                disabled=used == curve.suggested,
                on_click=_use,
                args=(curve.suggested, phase, rate_key),
            )
            st.caption(curve.reason)


def _use(rate: float, phase: TunedPhase, rate_key: str) -> None:
    st.session_state[f"found_rate_{phase}"] = st.session_state[rate_key] = rate


def picture(curve: LrCurve, theme: str) -> dict[str, Any]:
    """The curve for ECharts: each step's loss faint, their mean bold, the suggested rate marked."""
    mark: dict[str, Any] = {"silent": True, "animation": False, "symbol": "none", "data": []}
    if curve.suggested is not None:
        mark["data"] = [{"xAxis": curve.suggested}]
        mark["precision"] = 10  # by default it is rounded to 2 decimals, which is 0
        mark["lineStyle"] = {"color": FOUND, "width": 2, "type": "dashed"}
        mark["label"] = {"formatter": f"{curve.suggested:g}", "color": FOUND, "fontWeight": "bold"}
    return {
        "animation": False,
        "color": [LINE[theme]],
        "grid": {"left": 8, "right": 16, "top": 28, "bottom": 24, "containLabel": True},
        "tooltip": {"trigger": "axis", "confine": True},
        "xAxis": {
            "type": "log",
            "name": "learning rate",
            "nameLocation": "middle",
            "nameGap": 26,
            "axisLabel": {"hideOverlap": True},
        },
        "yAxis": {"type": "value", "name": "loss", "min": 0, "max": _top(curve)},
        "series": [
            _line("This step", curve.rates, curve.losses, {"width": 1, "opacity": 0.4}),
            _line("Smoothed", curve.rates, curve.smoothed, {"width": 3}) | {"markLine": mark},
        ],
    }


def _line(
    name: str, rates: tuple[float, ...], losses: tuple[float, ...], style: dict[str, float]
) -> dict[str, Any]:
    points = [[_short(rate), _short(loss)] for rate, loss in zip(rates, losses, strict=True)]
    return {"name": name, "type": "line", "showSymbol": False, "data": points, "lineStyle": style}


def _short(number: float) -> float:
    return float(f"{number:.3g}")


def _top(curve: LrCurve) -> float:
    """Where the axis of the loss ends: a round number above the smoothed ones.

    Single losses may be far higher, and so may the last step where it diverged: they leave the picture.
    A loss that has been learned away stays a line at the bottom.
    """
    most = 1.05 * max(
        DIVERGENCE_FACTOR * LEARNED_LOSS, *(curve.smoothed[:-1] if curve.diverged else curve.smoothed)
    )
    digit = 10 ** math.floor(math.log10(most))
    step = digit if most >= 2 * digit else digit / 2
    return _short(math.ceil(most / step) * step)
