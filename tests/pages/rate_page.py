"""A page with nothing but the learning-rate finder of both phases, on the newest data set. For tests."""

import msgspec
import streamlit as st

from pages.components.chosen import manifest_of, ready_datasets
from pages.components.rate_finder import offer
from tests.training import SMALL
from tlcore.config import DEFAULT_BACKBONES, FineTuningConfig

batch = st.number_input("Batch size", 1, 64, 8)
epochs = st.number_input("Epochs", 1, 100, 3)
blocks = st.number_input("Blocks", 0, 17, 0)
rates = {phase: st.session_state.get(f"found_rate_{phase}") for phase in ("head", "fine-tuning")}
training = msgspec.structs.replace(
    SMALL.training, batch_size=int(batch), epochs=int(epochs), learning_rate=rates["head"]
)
dataset = ready_datasets()[0]
config = msgspec.structs.replace(
    SMALL,
    backbone=DEFAULT_BACKBONES[manifest_of(dataset).task],
    unfreeze=int(blocks),
    training=training,
    fine_tuning=FineTuningConfig(learning_rate=rates["fine-tuning"]),
)
for phase in ("head", "fine-tuning"):
    with st.container(key=f"place_{phase}"):
        offer(dataset, config, phase)
st.json(rates)
