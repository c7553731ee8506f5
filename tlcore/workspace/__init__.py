"""The workspace on disk: whose it is, its folders, limits and trash, and what the system refuses there."""

from tlcore.workspace.limits import KEEP_FREE as KEEP_FREE
from tlcore.workspace.limits import bytes_in_words as bytes_in_words
from tlcore.workspace.limits import cache_budget as cache_budget
from tlcore.workspace.limits import check_dataset as check_dataset
from tlcore.workspace.limits import check_free as check_free
from tlcore.workspace.limits import free_above_reserve as free_above_reserve
from tlcore.workspace.limits import person_limit as person_limit
from tlcore.workspace.workspace import RESERVED as RESERVED
from tlcore.workspace.workspace import Workspace as Workspace
from tlcore.workspace.workspace import new_id as new_id
from tlcore.workspace.workspace import slug as slug
