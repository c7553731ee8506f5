"""Several people on one server: who they are, how they come in, and what belongs to whom."""

SWITCH = "GRAFT_PEOPLE"  # the variable that makes a server one of several people: how they come in
CLASSROOM = "classroom"
OPENID = "openid"
