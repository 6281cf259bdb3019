-- Tables whose triggers the server took for faulty (1064) are opened anew.
-- :param trigger str   the one that it named, '' when it named none; NULL: each table is tried
CALL triggers_renew(:trigger)
