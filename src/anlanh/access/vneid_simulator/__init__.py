"""A provider of identity for demonstrations and tests, in place of VNeID or of an organisation's own: it shows a list
of made-up people and says that you are the one you choose. It is served only where made-up people live.

Source: https://openid.net/specs/openid-connect-core-1_0.html
"""
