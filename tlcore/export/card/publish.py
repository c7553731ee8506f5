"""Publishing a model: its layout becomes one commit of a repository on the Hub, with the person's own login.

The token is read by `huggingface_hub` where its own login put it. It is sent to the Hub and stands in no
message: errors are told by their kind, and not by what a library says of them.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from tlcore.errors import GraftError, PublishError
from tlcore.export.card.folder import files
from tlcore.runs.run import Run

if TYPE_CHECKING:
    from huggingface_hub.errors import HfHubHTTPError

LOG_IN = "Log in with `hf auth login`, or set HF_TOKEN"
WITHOUT = "`--out DIR` writes the folder without publishing it."


def check_name(repo: str) -> None:
    """Refuse what cannot be the name of a repository.

    Raises:
        PublishError: it cannot.
    """
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    try:
        validate_repo_id(repo)
        is_name = repo.count("/") == 1
    except HFValidationError:
        is_name = False
    if not is_name:
        raise PublishError(
            "A repository is named OWNER/NAME, in letters, digits, dashes, dots and underscores.",
            received=repo,
            remedy="The owner is your name on Hugging Face, or an organisation's.",
        )


def publish(run: Run, repo: str, is_private: bool = False, again: bool = False) -> str:
    """Create the repository and put the model into it; returns its address.

    Args:
        repo: "owner/name".
        again: the repository may be there already; the model becomes its newest version.

    Raises:
        RunError: the run has no model, or its records cannot be read.
        PublishError: there is no login, no network, or the Hub refuses.
    """
    from huggingface_hub import CommitOperationAdd, HfApi, constants
    from huggingface_hub.errors import HfHubHTTPError, HTTPError

    check_name(repo)
    run.require_model()
    api = HfApi(token=_token(repo), library_name="graft")
    additions = [
        CommitOperationAdd(name, content if isinstance(content, bytes) else str(content))
        for name, content in files(run).items()
    ]
    try:
        url = api.create_repo(repo, private=is_private or None, exist_ok=again)
        api.create_commit(repo, additions, commit_message="A model from Graft, with its card")
    except HfHubHTTPError as error:
        raise _refusal(error, repo) from None
    except ValueError as error:
        raise PublishError(
            "Hugging Face cannot read the card or gave no proper answer.", received=repo
        ) from error
    except (HTTPError, OSError, RuntimeError):
        raise PublishError(
            "Hugging Face cannot be reached, or the upload broke off.",
            received=constants.ENDPOINT,
            remedy=f"Check the connection and try again. {WITHOUT}",
        ) from None
    return str(url)


def _token(repo: str) -> str:
    """The person's token.

    Raises:
        PublishError: there is none, or none that can be sent.
    """
    from huggingface_hub import get_token

    token = get_token()
    if not token:
        raise PublishError(
            "You are not logged in to Hugging Face.", received=repo, remedy=f"{LOG_IN}. {WITHOUT}"
        )
    if not (token.isascii() and token.isprintable() and " " not in token):
        raise PublishError(
            "Your token for Hugging Face is none.", received="other characters", remedy=f"{LOG_IN}."
        )
    return token


def _refusal(error: HfHubHTTPError, repo: str) -> GraftError:
    """The Hub's refusal, as a person understands it."""
    status = error.response.status_code
    if status == HTTPStatus.UNAUTHORIZED:
        return PublishError(
            "Hugging Face does not accept your login.", received=repo, remedy=f"{LOG_IN} anew."
        )
    if status in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
        return PublishError(
            "You may not write to that repository.",
            received=repo,
            remedy="Put your own name before the slash, and use a token that may write.",
        )
    if status == HTTPStatus.CONFLICT:
        return PublishError(
            "There is a repository of that name already.",
            received=repo,
            remedy="Choose another name, or add --force to make this model its newest version.",
        )
    meaning = HTTPStatus(status).phrase if status in set(HTTPStatus) else "unknown"
    return PublishError(
        f"Hugging Face refused the model: {status}, {meaning}.",
        received=repo,
        remedy=f"Try again later. {WITHOUT}",
    )
