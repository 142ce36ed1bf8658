"""The sample ADFS: a SAML 2.0 identity provider for the users of directory.yml, by the trust of the written script."""
