-- What a role of this database may do. One sees one's own roles, an administrator all.
-- :param role str              its name, in backticks
EXECUTE IMMEDIATE CONCAT('SHOW GRANTS FOR ', :role)
