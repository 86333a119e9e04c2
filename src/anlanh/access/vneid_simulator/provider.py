"""The provider: discovery, keys, authorize, token, userinfo. Codes are signed, not kept, so that every worker knows them.

Source: https://openid.net/specs/openid-connect-discovery-1_0.html, RFC 7636, RFC 9207
"""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OctKey
from starlette.applications import Starlette
from starlette.datastructures import FormData, QueryParams
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from anlanh.access.accounts.model import MadeUp
from anlanh.access.accounts.oidc import challenge_of

CODE_GOOD_FOR_S = 60
TOKEN_GOOD_FOR_S = 300
REMEMBERED = 4096
ASKED = ("client_id", "redirect_uri", "state", "nonce", "code_challenge")

HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


class Simulator:
    """One simulated provider. `path`: where its page is served; the rest is reached in process only, by `app`.

    `key` is any secret that all workers share: it signs the codes.
    """

    def __init__(self, title: str, path: str, client_id: str, people: Sequence[MadeUp], key: bytes) -> None:
        self.title = title
        self.path = path
        self.issuer = f"https://{path.strip('/').replace('/', '.')}.invalid"
        self.people = {each.key: each for each in people}
        self._client_id = client_id
        self._codes = OctKey.import_key(key)
        self._key = ECKey.generate_key("P-256", private=True, parameters={"kid": "simulator", "use": "sig"})
        self._spent: OrderedDict[str, None] = OrderedDict()
        self.app = Starlette(
            routes=[
                Route(f"{path}/authorize", self._show, methods=["GET"]),
                Route(f"{path}/authorize", self._choose, methods=["POST"]),
                Route(f"{path}/style.css", self._style),
                Route("/.well-known/openid-configuration", self._discovery),
                Route("/jwks", self._jwks),
                Route("/token", self._token, methods=["POST"]),
                Route("/userinfo", self._userinfo),
            ]
        )

    async def _discovery(self, request: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.path}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "jwks_uri": f"{self.issuer}/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["ES256"],
                "code_challenge_methods_supported": ["S256"],
                "authorization_response_iss_parameter_supported": True,
            }
        )

    async def _jwks(self, request: Request) -> Response:
        return JSONResponse({"keys": [self._key.as_dict(private=False)]})

    async def _show(self, request: Request) -> Response:
        """The list of people; or, for one who is named, straight back."""
        asked = request.query_params
        if not self._is_ours(asked):
            return HTMLResponse("<!doctype html><title>400</title><p>invalid_request", 400, HEADERS)
        if (hinted := self.people.get(asked.get("login_hint", ""))) is not None:
            return self._back(asked, hinted)
        return HTMLResponse(self._page(asked), headers=HEADERS)

    async def _choose(self, request: Request) -> Response:
        form = await request.form()
        if not self._is_ours(form):
            return HTMLResponse("<!doctype html><title>400</title><p>invalid_request", 400, HEADERS)
        chosen = self.people.get(str(form.get("person", "")))
        if chosen is None:
            said = {"error": "access_denied", "state": str(form["state"]), "iss": self.issuer}
            return RedirectResponse(f"{form['redirect_uri']}?{urlencode(said)}", 303)
        return self._back(form, chosen)

    async def _token(self, request: Request) -> Response:
        form = await request.form()
        try:
            claims = jwt.decode(str(form.get("code", "")), self._codes, algorithms=["HS256"]).claims
        except (JoseError, ValueError):
            return JSONResponse({"error": "invalid_grant"}, 400)
        fits = (
            claims["exp"] > time.time()
            and claims["jti"] not in self._spent
            and claims["redirect_uri"] == form.get("redirect_uri")
            and claims["code_challenge"] == challenge_of(str(form.get("code_verifier", "")))
            and self._client_id == form.get("client_id")
        )
        self._spent[claims["jti"]] = None
        if len(self._spent) > REMEMBERED:
            self._spent.popitem(last=False)
        if not fits:
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse(self._tokens(self.people[claims["person"]], claims["nonce"]))

    async def _userinfo(self, request: Request) -> Response:
        token = request.headers.get("authorization", "").partition(" ")[2]
        try:
            claims = jwt.decode(token, self._codes, algorithms=["HS256"]).claims
            person = self.people[claims["access"]]
        except (JoseError, ValueError, KeyError):
            return JSONResponse({"error": "invalid_token"}, 401)
        return JSONResponse({"sub": person.key, "so_dinh_danh": person.personal_id, "name": person.name})

    async def _style(self, request: Request) -> Response:
        body = (files(__package__ or "") / "style.css").read_bytes()
        return Response(body, media_type="text/css", headers={"x-content-type-options": "nosniff"})

    def _is_ours(self, asked: QueryParams | FormData) -> bool:
        own_page = str(asked.get("redirect_uri", "")).startswith(("http://", "https://"))
        return own_page and all(asked.get(name) for name in ASKED) and asked["client_id"] == self._client_id

    def _back(self, asked: QueryParams | FormData, person: MadeUp) -> Response:
        claims = {
            "jti": secrets.token_urlsafe(16),
            "exp": int(time.time()) + CODE_GOOD_FOR_S,
            "person": person.key,
            **{name: str(asked[name]) for name in ("redirect_uri", "nonce", "code_challenge")},
        }
        code = jwt.encode({"alg": "HS256"}, claims, self._codes)
        said = {"code": code, "state": str(asked["state"]), "iss": self.issuer}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(said)}", 303)

    def _tokens(self, person: MadeUp, nonce: str) -> dict[str, Any]:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": person.key,
            "aud": self._client_id,
            "iat": now,
            "auth_time": now,
            "exp": now + TOKEN_GOOD_FOR_S,
            "nonce": nonce,
            "name": person.name,
            "so_dinh_danh": person.personal_id,
        }
        id_token = jwt.encode({"alg": "ES256", "kid": "simulator"}, claims, self._key)
        access = jwt.encode({"alg": "HS256"}, {"access": person.key, "exp": now + TOKEN_GOOD_FOR_S}, self._codes)
        return {"access_token": access, "token_type": "Bearer", "expires_in": TOKEN_GOOD_FOR_S, "id_token": id_token}

    def _page(self, asked: QueryParams) -> str:
        kept = "".join(
            f'<input type="hidden" name="{escape(name)}" value="{escape(str(asked[name]))}">' for name in ASKED
        )
        rows = "".join(
            f'<li><button name="person" value="{escape(each.key)}"><b>{escape(each.name)}</b>'
            f'<span>{escape(each.title_vi)}</span><span lang="en">{escape(each.title_en)}</span></button></li>'
            for each in self.people.values()
        )
        return PAGE.format(path=escape(self.path), title=escape(self.title), kept=kept, rows=rows)


PAGE = """<!doctype html>
<html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} (mô phỏng)</title><link rel="stylesheet" href="{path}/style.css"></head>
<body><main><p class="warning" role="note">Trang mô phỏng, chỉ có người không có thật. Không nhập thông tin thật.
<span lang="en">A simulator with made-up people. Enter nothing real.</span></p>
<h1>{title}</h1><p>Chọn người để đăng nhập. <span lang="en">Choose who to be.</span></p>
<form method="post" action="{path}/authorize">{kept}<ul>{rows}</ul>
<button class="no" name="person" value="">Thôi, quay lại <span lang="en">Cancel</span></button></form></main></body></html>
"""
