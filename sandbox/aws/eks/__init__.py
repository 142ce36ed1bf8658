"""EKS: clusters with a Kubernetes API behind them, node groups, access entries and updates."""
