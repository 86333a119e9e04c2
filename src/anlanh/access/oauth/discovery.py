"""What programs find out about this server before they ask for anything.

FHIR: SMART App Launch 2.2, conformance
Source: https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html, OpenID Connect Discovery 1.0, RFC 8414
"""

from __future__ import annotations

from typing import Any

from anlanh.access.oauth import keys, recognising, scopes
from anlanh.access.oauth.model import AUTHORIZE, INTROSPECT, JWKS, REGISTER, REVOKE, TOKEN

SMART = "/fhir/.well-known/smart-configuration"
OPENID = "/.well-known/openid-configuration"
OAUTH = "/.well-known/oauth-authorization-server"
APPS = "/ung-dung"

CAPABILITIES = (
    "authorize-post", "client-confidential-asymmetric", "client-confidential-symmetric", "client-public",
    "context-banner", "context-ehr-encounter", "context-ehr-patient", "context-standalone-patient", "context-style",
    "launch-ehr", "launch-standalone", "permission-offline", "permission-online", "permission-patient",
    "permission-user", "permission-v1", "permission-v2", "sso-openid-connect",
)  # fmt: skip
"""Source: https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html#capabilities"""

RESOURCE_SCOPES = ("patient/*.cruds", "user/*.cruds", "system/*.cruds")
URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
STYLES = {
    "color_background": "#ffffff", "color_error": "#a02020", "color_highlight": "#0b6650",
    "color_modal_backdrop": "#000000", "color_success": "#0b6650", "color_text": "#1c1c1c", "dim_border_radius": "6px",
    "dim_font_size": "16px", "dim_spacing_size": "16px", "font_family_body": "'Be Vietnam Pro', sans-serif",
    "font_family_heading": "'Be Vietnam Pro', sans-serif",
}  # fmt: skip
"""Source: https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html#styling"""


def authorization_server(own: str) -> dict[str, Any]:
    """The metadata of the authorisation server at that address."""
    return {
        "issuer": own,
        "authorization_endpoint": own + AUTHORIZE,
        "token_endpoint": own + TOKEN,
        "jwks_uri": own + JWKS,
        "registration_endpoint": own + REGISTER,
        "introspection_endpoint": own + INTROSPECT,
        "revocation_endpoint": own + REVOKE,
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": list(recognising.METHODS),
        "token_endpoint_auth_signing_alg_values_supported": recognising.ALGORITHMS,
        "scopes_supported": [*scopes.PLAIN, scopes.INTROSPECTION, *RESOURCE_SCOPES],
        "authorization_response_iss_parameter_supported": True,
    }


def openid(own: str) -> dict[str, Any]:
    """The same, with what OpenID Connect adds."""
    return authorization_server(own) | {
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [keys.ALGORITHM],
        "claims_supported": ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "fhirUser"],
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }


def smart(own: str) -> dict[str, Any]:
    """The same, with what SMART adds."""
    return authorization_server(own) | {
        "associated_endpoints": [{"url": own + "/fhir", "capabilities": list(CAPABILITIES)}],
        "management_endpoint": own + APPS,
        "capabilities": list(CAPABILITIES),
    }


def security(base: str) -> dict[str, Any]:
    """`rest.security` of the CapabilityStatement of the FHIR endpoint at `base`."""
    own = base.removesuffix("/fhir")
    addresses = {
        "authorize": own + AUTHORIZE, "token": own + TOKEN, "introspect": own + INTROSPECT, "revoke": own + REVOKE,
        "register": own + REGISTER, "manage": own + APPS,
    }  # fmt: skip
    system = "http://terminology.hl7.org/CodeSystem/restful-security-service"
    return {
        "cors": True,
        "service": [{"coding": [{"system": system, "code": "SMART-on-FHIR"}], "text": "OAuth2 (SMART App Launch 2.2)"}],
        "extension": [{"url": URIS, "extension": [{"url": name, "valueUri": uri} for name, uri in addresses.items()]}],
    }
