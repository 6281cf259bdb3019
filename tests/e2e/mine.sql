-- What the operator at the console did: run under that login, whose clock stands.
CALL verb_freeze('a1000000-0000-4000-8000-0000000000e1', 'client:beta', '{"seconds": 3600}', NULL, FALSE, NULL, 'release in progress', 'ops', 'bastion');
CALL verb_cancel('a1000000-0000-4000-8000-0000000000e2', '77aa0000-0000-4000-8000-000000000003', NULL, NULL, FALSE, NULL, 'batch-1 is silent', 'ops', 'bastion');
CALL verb_switch('a1000000-0000-4000-8000-0000000000e3', '00000000-0000-4000-8000-0000000000a2', '{"pool": "r3.large.us-east-1e"}', NULL, FALSE, NULL, 'cheaper', 'ops', 'bastion');
CALL verb_evacuate('a1000000-0000-4000-8000-0000000000e4', 'us-east-1b', '{"scope": "az", "client": "acme"}', NULL, FALSE, NULL, NULL, 'ops', 'bastion');
