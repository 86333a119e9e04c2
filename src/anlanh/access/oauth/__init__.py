"""The authorisation server: apps ask for access to the record, people or their role allow it, tokens carry it.

FHIR: SMART App Launch 2.2, Bulk Data Access 2.0 (backend services)
Source: https://hl7.org/fhir/smart-app-launch/STU2.2/, OAuth 2.1 (draft-ietf-oauth-v2-1), OpenID Connect Core 1.0
"""
