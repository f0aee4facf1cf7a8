"""What can be done, and the union of answers to each."""

from typing import Annotated, TypeAlias

import strawberry
from strawberry.federation.schema_directives import Cost

from subgraphs.users.model import ids
from subgraphs.users.model.values import NewAccount, Tokens
from subgraphs.users.schema.context import Info
from subgraphs.users.schema.inputs import LogInInput, ProfileInput, SignUpInput
from subgraphs.users.schema.refusals import BadCredentials, InvalidInput, RateLimited
from subgraphs.users.schema.types import User, user_of
from subgraphs.users.service import login, profile, sessions, signup

# Hashing a password costs as much as answering fifty plain fields.
HASHES = Cost(weight=50)


@strawberry.type(description="No viewer here: the claims to fetch it with do not exist yet.")
class AuthTokens:
    """What a client keeps; `expiresIn` is the access token's life in seconds."""

    access_token: str
    refresh_token: str
    expires_in: int


@strawberry.federation.type(shareable=True)
class Done:
    """It is done, or was so already."""

    ok: bool


@strawberry.type
class ProfilePayload:
    """The profile as it is now."""

    user: User | None


SignUpResult: TypeAlias = Annotated[
    AuthTokens | InvalidInput | RateLimited, strawberry.union("SignUpResult")
]
LogInResult: TypeAlias = Annotated[
    AuthTokens | InvalidInput | BadCredentials | RateLimited, strawberry.union("LogInResult")
]
RefreshResult: TypeAlias = Annotated[AuthTokens | BadCredentials, strawberry.union("RefreshResult")]
ProfileResult: TypeAlias = Annotated[
    ProfilePayload | InvalidInput, strawberry.union("ProfileResult")
]
SimpleResult: TypeAlias = Annotated[Done | InvalidInput, strawberry.union("SimpleResult")]


@strawberry.type
class Mutation:
    """Everything that users does. What is refused, `refusals` turns into a member of the union."""

    @strawberry.mutation(
        directives=[HASHES], description="Makes an account and logs in; a clash names its field."
    )
    async def sign_up(self, info: Info, input: SignUpInput) -> SignUpResult:
        """Make an account and log in.

        There is no mail flow yet that could tell the owner instead, so an address that already
        has an account is answered with TAKEN on `email`, as a taken username is on `username`.
        """
        account = NewAccount(
            input.username, input.email, input.password, input.display_name or None
        )
        return tokens_of(await signup.sign_up(info.context.resources, account, info.context.client))

    @strawberry.mutation(
        directives=[HASHES],
        description="By username or email, in any case. The same answer for an unknown name.",
    )
    async def log_in(self, info: Info, input: LogInInput) -> LogInResult:
        """Begin a session."""
        attempt = login.Attempt(input.username or None, input.email or None, input.password)
        return tokens_of(await login.log_in(info.context.resources, attempt, info.context.client))

    @strawberry.mutation(
        description="A new pair for a refresh token. A token used twice ends its session."
    )
    async def refresh(self, info: Info, refresh_token: str) -> RefreshResult:
        """Exchange a refresh token for a new pair; a second use ends the session."""
        context = info.context
        return tokens_of(await sessions.refresh(context.resources, refresh_token, context.client))

    @strawberry.federation.mutation(
        authenticated=True, description="Ends this session, or all of them."
    )
    async def log_out(self, info: Info, everywhere: bool | None = False) -> SimpleResult:
        """End this session, or every session of the viewer."""
        viewer = info.context.signed_in()
        if everywhere:
            await sessions.log_out_everywhere(info.context.resources, viewer.user_id)
        else:
            await sessions.log_out(info.context.resources, viewer.user_id, viewer.session_id)
        return Done(ok=True)

    @strawberry.federation.mutation(
        authenticated=True, description="Ends one of the viewer's sessions."
    )
    async def revoke_session(self, info: Info, id: strawberry.ID) -> SimpleResult:
        """End one of the viewer's sessions."""
        session_id = ids.parse_global_id(ids.SESSION, id, "id")
        viewer = info.context.signed_in()
        await sessions.revoke_session(info.context.resources, viewer.user_id, session_id)
        return Done(ok=True)

    @strawberry.federation.mutation(
        authenticated=True, description="Changes the fields that are given; null clears one."
    )
    async def update_profile(self, info: Info, input: ProfileInput) -> ProfileResult:
        """Change what stands in the input, and nothing else."""
        viewer = info.context.signed_in()
        given = {
            name: value for name, value in vars(input).items() if value is not strawberry.UNSET
        }
        updated = await profile.update_profile(info.context.resources, viewer.user_id, given)
        info.context.loaders.users_by_id.prime(updated.id, updated, force=True)
        return ProfilePayload(user=user_of(updated))


def tokens_of(tokens: Tokens) -> AuthTokens:
    """Hand the tokens to the client."""
    return AuthTokens(
        access_token=tokens.access_token,
        refresh_token=tokens.refresh_token,
        expires_in=tokens.expires_in,
    )
