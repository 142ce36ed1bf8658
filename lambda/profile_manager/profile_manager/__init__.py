"""The profile manager: who may enter which namespace of Kubeflow, decided at each login."""
