"""The sandbox's stand-in for Kubeflow's dashboard and its notebooks page; it says on every page that it is one."""
