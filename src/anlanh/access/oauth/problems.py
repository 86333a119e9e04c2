"""What can go wrong between an app and the authorisation server. `error` is the code that programs are told.

Source: RFC 6749 (4.1.2.1, 5.2), RFC 7009, RFC 7591 (3.2.2), OpenID Connect Core 1.0 (3.1.2.6)
"""

from __future__ import annotations

from typing import ClassVar

from anlanh.kernel.problem import Problem


class OAuthProblem(Problem):
    """A Problem that has a code of OAuth too."""

    error: ClassVar[str] = "invalid_request"
    issue = "invalid"
    status = 400
    says = "The authorisation request is not understood."
    hint = "See docs/smart.md for what it needs."


class NotInRequest(OAuthProblem):
    says = "The request lacks {name}, has it twice, or has it in a form that is not understood."
    hint = "Send {name} once: {wanted}."


class NoSuchApp(OAuthProblem):
    error = "invalid_client"
    says = "There is no such app, or it may not act here yet."
    hint = "Register it, and wait until it has been reviewed."


class WrongReturn(OAuthProblem):
    says = "The app wants people sent back to an address that is not registered for it."
    hint = "Send exactly one of the redirect URIs that were registered, letter by letter."


class WrongAudience(OAuthProblem):
    says = "The request is for another server: aud is not the FHIR address of this one."
    hint = "Send aud={base}."


class NeedsPkce(OAuthProblem):
    says = "The request has no code_challenge of the method S256."
    hint = "Make one by RFC 7636, and send code_challenge_method=S256."


class WrongResponseType(OAuthProblem):
    error = "unsupported_response_type"
    says = "Only response_type=code is served."
    hint = "Use the authorization code flow with PKCE."


class NoScopeLeft(OAuthProblem):
    error = "invalid_scope"
    says = "None of the scopes asked for is one that this app may have here."
    hint = "Ask for scopes that are registered for the app, as SMART App Launch 2.2 writes them."


class LaunchSpent(OAuthProblem):
    says = "The launch is not known, was used, or is older than five minutes."
    hint = "Open the app from here once more."


class AccessDenied(OAuthProblem):
    error = "access_denied"
    status = 403
    says = "The person did not allow it."
    hint = "Ask again only when they want to."


class MustAsk(OAuthProblem):
    error = "interaction_required"
    says = "The person would have to be asked."
    hint = "Send the request without prompt=none."


class RequestSpent(OAuthProblem):
    issue = "expired"
    says = "This request of an app was answered already, or is older than ten minutes."
    hint = "Go back to the app and begin once more."


class ForSomebodyElse(OAuthProblem):
    issue = "forbidden"
    status = 403
    says = "This request belongs to somebody else who was signed in."
    hint = "Go back to the app and begin once more."


class ChoosePatient(OAuthProblem):
    issue = "value"
    says = "It is not clear whose record the app is to see."
    hint = "Choose one of the people shown."


class WrongClient(OAuthProblem):
    error = "invalid_client"
    event = "client-refused"
    says = "The app could not be recognised: {why}."
    hint = "Check client_id and how it proves itself: secret, or a JWT signed with a registered key."


class WrongGrantType(OAuthProblem):
    error = "unsupported_grant_type"
    says = "This grant_type is not served."
    hint = "Served are authorization_code, refresh_token and client_credentials."


class NotForThisApp(OAuthProblem):
    error = "unauthorized_client"
    event = "client-refused"
    says = "This app may not get a token in this way."
    hint = "Backend services need a key and scopes that begin with system/."


class GrantSpent(OAuthProblem):
    error = "invalid_grant"
    event = "client-refused"
    says = "The code or refresh token is not valid for this app: unknown, used, too old, or taken back."
    hint = "Ask the person once more."


class BadRegistration(OAuthProblem):
    error = "invalid_client_metadata"
    says = "The registration cannot be taken: {name} is not right."
    hint = "{wanted}"


class BadReturn(OAuthProblem):
    error = "invalid_redirect_uri"
    says = "A redirect URI cannot be registered."
    hint = "Whole https addresses without a fragment; http only for localhost; or a scheme of the app's own with a dot in it."


class TooManyPending(OAuthProblem):
    error = "temporarily_unavailable"
    issue = "throttled"
    status = 429
    says = "Too many registrations wait for review."
    hint = "Try again tomorrow, or write to the operator."


class NotThisWay(OAuthProblem):
    issue = "not-supported"
    status = 405
    says = "This address does not take {method}."
    hint = "See docs/smart.md."


class TooLong(OAuthProblem):
    issue = "too-long"
    status = 413
    says = "The request is longer than {limit_kb} KB."
    hint = "Send less."


class NoBearer(OAuthProblem):
    error = "invalid_token"
    issue = "login"
    status = 401
    says = "The token does not allow this."
    hint = "Send Authorization: Bearer with a token that has the scope {scope}, or prove which app you are."


class KeysNotRead(OAuthProblem):
    error = "invalid_client"
    says = "The keys of the app could not be fetched from its jwks_uri."
    hint = "It must answer with a JWK Set, over https, within five seconds."
