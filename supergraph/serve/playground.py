"""The playground page: static files from our own origin, with a policy that allows no other."""

from __future__ import annotations

from pathlib import Path

from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from supergraph.serve.configuration import Configuration, ConfigurationInvalid

# The editor writes style elements and starts its workers from blobs.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self' data:",
        "worker-src 'self' blob:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
)


def playground_routes(configuration: Configuration) -> list[BaseRoute]:
    """The page at `/` and its settings at `/playground.json`, where they are configured.

    Raises:
        ConfigurationInvalid: the folder has no `index.html`.
    """
    folder = configuration.playground
    if folder is None:
        return []
    if not (folder / "index.html").is_file():
        raise ConfigurationInvalid(f"playground: {folder} has no index.html")
    settings = _Settings(configuration.playground_config)
    page = _WithPolicy(StaticFiles(directory=folder, html=True))
    return [Route("/playground.json", settings), Mount("/", page)]


class _Settings:
    """The page's settings, read at each request: whoever fills the system may write them late."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {"Cache-Control": "no-store"}
        response: Response = JSONResponse({}, headers=headers)
        if self._path is not None and self._path.is_file():
            response = FileResponse(self._path, media_type="application/json", headers=headers)
        await response(scope, receive, send)


class _WithPolicy:
    """Adds the policy to every answer of an application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_HEADERS]
            await send(message)

        await self._app(scope, receive, send_with_policy)
