"""Who does the work of a job: processes of this machine or of a cluster, started ahead or kept awake."""
