"""ACM: public certificates that are proven by records which must really be in Route 53."""
