"""Runs on a cluster, seen from here: the lease in their folder, and the Jobs API of the cluster."""
