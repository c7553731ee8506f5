"""A page with what adds to the newest data set, and what watches it. For tests."""

from pages.components import adding, importing
from pages.components.chosen import choose_dataset, manifest_of

importing.watch()
dataset = choose_dataset()
if dataset is None:
    adding.start()
else:
    adding.show(dataset, manifest_of(dataset))
