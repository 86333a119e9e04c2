"""Subscriptions: whoever asks is told of changes, in order, at least once, over rest-hook or websocket.

FHIR: Subscription, Subscriptions R5 Backport 1.1
Source: https://hl7.org/fhir/R4/subscription.html, https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/
"""
