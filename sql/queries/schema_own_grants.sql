-- What the session's login may do by itself, without any role: what it makes has no more than this.
SHOW GRANTS FOR CURRENT_USER()
