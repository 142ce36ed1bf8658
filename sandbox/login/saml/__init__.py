"""SAML 2.0 as far as a login needs it: both ends use these files, neither uses the other's.

metadata says who the other one is, requests and responses are written and read, redirect and POST carry them.
"""
