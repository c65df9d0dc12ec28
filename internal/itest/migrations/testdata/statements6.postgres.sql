INSERT INTO tenants (id, name, ended, version, change, keep_until) VALUES ($1, $2, $3, 1, $4, $5);

INSERT INTO clients (tenant, id, lane, disabled, deleted, epoch, change, keep_until, payload, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1);

INSERT INTO accounts (tenant, id, disabled, deleted, sign_in_epoch, grants_epoch, change, keep_until, payload, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1);

UPDATE identifiers SET account = $1 WHERE tenant = $2 AND kind = $3 AND value = $4 AND account = $5;

INSERT INTO identifiers (account, tenant, kind, value) VALUES ($1, $2, $3, $4);

UPDATE credentials SET change = $1, keep_until = $2, payload = $3, version = version + 1 WHERE tenant = $4 AND kind = $5 AND handle = $6 AND account = $7;

INSERT INTO credentials (tenant, kind, handle, account, version, change, keep_until, payload) VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

INSERT INTO sessions (tenant, id, account, sign_in_epoch, ended, ends, idle_ends, change, keep_until, payload, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1);

INSERT INTO interactions (tenant, id, finished, change, keep_until, payload, version) VALUES ($1, $2, $3, $4, $5, $6, 1);

INSERT INTO consents (tenant, account, client, epoch, change, keep_until, payload, version) VALUES ($1, $2, $3, $4, $5, $6, $7, 1);

INSERT INTO tickets (tenant, id, account, spent, change, keep_until, payload, version) VALUES ($1, $2, $3, $4, $5, $6, $7, 1);

INSERT INTO provider_keys (tenant, id, purpose, algorithm, epoch, change, keep_until, payload, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1);

INSERT INTO replays (tenant, kind, hash, keep_until, change) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING;

INSERT INTO events (tenant, id, at, name, account, client, thing, version, keep_until, payload) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

INSERT INTO deliveries (tenant, id, kind, due, hidden, attempts, keep_until, body) VALUES ($1, $2, $3, $4, 0, $5, $6, $7);

INSERT INTO grants (tenant, id, state, account, client, session, user_code, waiting_code, change, keep_until, payload, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1);

INSERT INTO limits (tenant, hash, attempts, keep_until) VALUES ($1, $2, 1, $3) ON CONFLICT (tenant, hash) DO UPDATE SET attempts = CASE WHEN limits.keep_until <= $4 THEN 1 ELSE limits.attempts + 1 END, keep_until = CASE WHEN limits.keep_until <= $5 THEN excluded.keep_until ELSE limits.keep_until END RETURNING hash, attempts, keep_until;

UPDATE leases SET holder = $1, until = $2 WHERE name = $3 AND (holder = $4 OR until <= $5);

INSERT INTO leases (holder, until, name) VALUES ($1, $2, $3);

INSERT INTO organizations (tenant, id, name, disabled, deleted, epoch, change, keep_until, payload, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1);

UPDATE organization_domains SET organization = $1 WHERE tenant = $2 AND domain = $3 AND organization = $4;

INSERT INTO organization_domains (organization, tenant, domain) VALUES ($1, $2, $3);

INSERT INTO account_groups (tenant, id, organization, name, deleted, change, keep_until, payload, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1);

UPDATE memberships SET change = $1, keep_until = $2, payload = $3, version = version + 1 WHERE tenant = $4 AND account = $5 AND kind = $6 AND member_of = $7;

INSERT INTO memberships (tenant, account, kind, member_of, change, keep_until, payload, version) VALUES ($1, $2, $3, $4, $5, $6, $7, 1);

INSERT INTO connections (tenant, id, organization, kind, disabled, deleted, epoch, change, keep_until, payload, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1);

SELECT id, name, ended, version, change, keep_until FROM tenants WHERE (name = '\x54656e616e7420c3a9f09f9880');

SELECT g.id AS a, g.state AS b, g.account AS c, g.client AS d, g.session AS e, g.user_code AS f, g.waiting_code AS g, g.version AS h, g.change AS i, g.keep_until AS j, g.payload AS k, (SELECT ARRAY[a.disabled | a.deleted, a.sign_in_epoch, a.grants_epoch] FROM accounts a WHERE a.tenant = g.tenant AND a.id = g.account) AS l, (SELECT ARRAY[c.disabled | c.deleted, c.epoch, c.version] FROM clients c WHERE c.tenant = g.tenant AND c.id = g.client) AS m, (SELECT o.epoch FROM consents o WHERE o.tenant = g.tenant AND o.account = g.account AND o.client = g.client) AS n, (SELECT ARRAY[s.ended, s.sign_in_epoch, s.ends, s.idle_ends] FROM sessions s WHERE s.tenant = g.tenant AND s.id = g.session) AS o FROM grants g WHERE g.tenant = $1 AND g.id = $2;

SELECT id, state, account, client, session, user_code, waiting_code, version, change, keep_until, payload FROM grants WHERE (tenant = '\xa000275cff0a700180000000000000a0') AND (waiting_code IN ('\x00fe220000000000000000000000000000000000000000000000000000000000')) ORDER BY id LIMIT 1;

SELECT id AS a, lane AS b, disabled AS c, deleted AS d, epoch AS e, version AS f, change AS g, keep_until AS h, payload AS i FROM clients WHERE tenant = $1 AND id = $2;

SELECT a.id, a.disabled, a.deleted, a.sign_in_epoch, a.grants_epoch, a.version, a.change, a.keep_until, a.payload FROM identifiers i LEFT JOIN LATERAL (SELECT * FROM accounts a WHERE a.tenant = i.tenant AND a.id = i.account LIMIT 1) a ON TRUE WHERE i.tenant = $1 AND i.kind = $2 AND i.value = $3 AND a.id IS NOT NULL;

SELECT kind, value FROM identifiers WHERE (tenant = '\xa000275cff0a700180000000000000a0') AND (account = '\x0100275cff0a70018000000000000001') ORDER BY kind, value;

SELECT kind, handle, account, version, change, keep_until, payload FROM credentials WHERE (tenant = '\xa000275cff0a700180000000000000a0') AND (account = '\x0100275cff0a70018000000000000001') ORDER BY kind, handle;

SELECT s.id AS a, s.account AS b, s.sign_in_epoch AS c, s.ended AS d, s.ends AS e, s.idle_ends AS f, s.version AS g, s.change AS h, s.keep_until AS i, s.payload AS j, a.id AS k, a.disabled AS l, a.deleted AS m, a.sign_in_epoch AS n, a.grants_epoch AS o, a.version AS p, a.change AS q, a.keep_until AS r, a.payload AS s FROM sessions s LEFT JOIN LATERAL (SELECT * FROM accounts a WHERE a.tenant = s.tenant AND a.id = s.account LIMIT 1) a ON TRUE WHERE s.tenant = $1 AND s.id = $2;

SELECT id AS a, finished AS b, version AS c, change AS d, keep_until AS e, payload AS f FROM interactions WHERE tenant = $1 AND id = $2;

SELECT c.disabled | c.deleted AS a, c.epoch AS b, c.version AS c, o.account AS d, o.client AS e, o.epoch AS f, o.version AS g, o.change AS h, o.keep_until AS i, o.payload AS j FROM (SELECT 1 AS one) x LEFT JOIN LATERAL (SELECT * FROM clients c WHERE c.tenant = $1 AND c.id = $2 LIMIT 1) c ON TRUE LEFT JOIN LATERAL (SELECT * FROM consents o WHERE o.tenant = $3 AND o.account = $4 AND o.client = $5 LIMIT 1) o ON TRUE;

SELECT id AS a, account AS b, spent AS c, version AS d, change AS e, keep_until AS f, payload AS g FROM tickets WHERE tenant = $1 AND id = $2;

SELECT id, purpose, algorithm, epoch, version, change, keep_until, payload FROM provider_keys WHERE (tenant = '\xa000275cff0a700180000000000000a0') ORDER BY id;

SELECT c.disabled | c.deleted, c.epoch, c.version, r.hash FROM (SELECT 1 AS one) x LEFT JOIN LATERAL (SELECT * FROM clients c WHERE c.tenant = $1 AND c.id = $2 LIMIT 1) c ON TRUE LEFT JOIN LATERAL (SELECT * FROM replays r WHERE r.tenant = $3 AND r.kind = $4 AND r.hash = $5 LIMIT 1) r ON TRUE;

SELECT id, at, name, account, client, thing, version, keep_until, payload FROM events WHERE (tenant = '\xa000275cff0a700180000000000000a0') AND (id > '\x00000000000000000000000000000000') AND (client = '\x68747470733a2f2f6170702e6578616d706c652fc3a9f09f988020') ORDER BY id LIMIT 9;

SELECT tenant, id, kind, due, hidden, attempts, keep_until, body FROM deliveries WHERE (due <= 1774785600123456) AND (hidden <= 1774785600123456) AND (tenant IN ('\xa000275cff0a700180000000000000a0')) ORDER BY due, tenant, id LIMIT 9;

UPDATE deliveries SET hidden = $1 WHERE tenant = $2 AND id = $3 AND hidden = $4;

SELECT o.id AS a, o.name AS b, o.disabled AS c, o.deleted AS d, o.epoch AS e, o.version AS f, o.change AS g, o.keep_until AS h, o.payload AS i, c.id AS j, c.organization AS k, c.kind AS l, c.disabled AS m, c.deleted AS n, c.epoch AS o, c.version AS p, c.change AS q, c.keep_until AS r, c.payload AS s FROM organization_domains d JOIN organizations o ON o.tenant = d.tenant AND o.id = d.organization LEFT JOIN connections c ON c.tenant = o.tenant AND c.organization = o.id WHERE d.tenant = $1 AND d.domain = $2 ORDER BY c.id LIMIT $3;

SELECT domain FROM organization_domains WHERE (tenant = '\xa000275cff0a700180000000000000a0') AND (organization = '\x1e00275cff0a7001800000000000001e') ORDER BY domain;

SELECT id AS a, organization AS b, name AS c, deleted AS d, version AS e, change AS f, keep_until AS g, payload AS h FROM account_groups WHERE tenant = $1 AND organization = $2 AND name = $3;

SELECT account, kind, member_of, version, change, keep_until, payload FROM memberships WHERE (tenant = '\xa000275cff0a700180000000000000a0') AND (member_of > '\x00000000000000000000000000000000') AND (account = '\x2200275cff0a70018000000000000022') AND (kind = '\x6f7267616e697a6174696f6e') ORDER BY member_of LIMIT 9;

SELECT id AS a, disabled AS b, deleted AS c, sign_in_epoch AS d, grants_epoch AS e, version AS f, change AS g, keep_until AS h, payload AS i FROM accounts WHERE tenant = $1 AND id = $2;

SELECT g.id AS a, g.state AS b, g.account AS c, g.client AS d, g.session AS e, g.user_code AS f, g.waiting_code AS g, g.version AS h, g.change AS i, g.keep_until AS j, g.payload AS k, ARRAY[a.disabled | a.deleted, a.sign_in_epoch, a.grants_epoch] AS l, (SELECT ARRAY[c.disabled | c.deleted, c.epoch, c.version] FROM clients c WHERE c.tenant = g.tenant AND c.id = g.client) AS m, (SELECT o.epoch FROM consents o WHERE o.tenant = g.tenant AND o.account = g.account AND o.client = g.client) AS n, (SELECT ARRAY[s.ended, s.sign_in_epoch, s.ends, s.idle_ends] FROM sessions s WHERE s.tenant = g.tenant AND s.id = g.session) AS o, a.id AS p, a.disabled AS q, a.deleted AS r, a.sign_in_epoch AS s, a.grants_epoch AS t, a.version AS u, a.change AS v, a.keep_until AS w, a.payload AS x FROM grants g LEFT JOIN LATERAL (SELECT * FROM accounts a WHERE a.tenant = g.tenant AND a.id = g.account LIMIT 1) a ON TRUE WHERE g.tenant = $1 AND g.id = $2;

SELECT id, state, account, client, session, user_code, waiting_code, version, change, keep_until, payload FROM grants WHERE (tenant = '\xa000275cff0a700180000000000000a0') AND (id > '\x00000000000000000000000000000000') AND (account = '\x0100275cff0a70018000000000000001') AND (client = '\x68747470733a2f2f6170702e6578616d706c652fc3a9f09f988020') AND (session = '\x0200275cff0a70018000000000000002') ORDER BY id LIMIT 3;

SELECT id, lane, disabled, deleted, epoch, version, change, keep_until, payload FROM clients WHERE (tenant = '\xa000275cff0a700180000000000000a0') AND (id > '\x') ORDER BY id LIMIT 3;

SELECT id, disabled, deleted, sign_in_epoch, grants_epoch, version, change, keep_until, payload FROM accounts WHERE (tenant = '\xa000275cff0a700180000000000000a0') AND (id > '\x00000000000000000000000000000000') ORDER BY id LIMIT 3;

SELECT kind AS a, handle AS b, account AS c, version AS d, change AS e, keep_until AS f, payload AS g FROM credentials WHERE tenant = $1 AND kind = $2 AND handle = $3;

SELECT s.id, s.account, s.sign_in_epoch, s.ended, s.ends, s.idle_ends, s.version, s.change, s.keep_until, s.payload, a.id, a.disabled, a.deleted, a.sign_in_epoch, a.grants_epoch, a.version, a.change, a.keep_until, a.payload FROM sessions AS s LEFT JOIN accounts AS a ON a.tenant = s.tenant AND a.id = s.account WHERE (s.tenant = '\xa000275cff0a700180000000000000a0') AND (s.id IN ('\x0200275cff0a70018000000000000002', '\x2c00275cff0a7001800000000000002c'));

SELECT id, account, sign_in_epoch, ended, ends, idle_ends, version, change, keep_until, payload FROM sessions WHERE (tenant = '\xa000275cff0a700180000000000000a0') AND (id > '\x00000000000000000000000000000000') AND (account = '\x0100275cff0a70018000000000000001') ORDER BY id LIMIT 3;

SELECT account, client, epoch, version, change, keep_until, payload FROM consents WHERE (tenant = '\xa000275cff0a700180000000000000a0') AND (client > '\x') AND (account = '\x0100275cff0a70018000000000000001') ORDER BY client LIMIT 3;

SELECT id, at, name, account, client, thing, version, keep_until, payload FROM events WHERE (tenant = '\xa000275cff0a700180000000000000a0') AND (id > '\x00000000000000000000000000000000') AND (account = '\x0100275cff0a70018000000000000001') AND (client = '\x68747470733a2f2f6170702e6578616d706c652fc3a9f09f988020') AND (name = '\x78') ORDER BY id LIMIT 3;

SELECT id, name, disabled, deleted, epoch, version, change, keep_until, payload FROM organizations WHERE (tenant = '\xa000275cff0a700180000000000000a0') AND (id > '\x00000000000000000000000000000000') ORDER BY id LIMIT 3;

SELECT id AS a, name AS b, disabled AS c, deleted AS d, epoch AS e, version AS f, change AS g, keep_until AS h, payload AS i FROM organizations WHERE tenant = $1 AND name = $2;

SELECT id, organization, name, deleted, version, change, keep_until, payload FROM account_groups WHERE (tenant = '\xa000275cff0a700180000000000000a0') AND (id > '\x00000000000000000000000000000000') AND (organization = '\x1e00275cff0a7001800000000000001e') ORDER BY id LIMIT 3;

SELECT id, organization, kind, disabled, deleted, epoch, version, change, keep_until, payload FROM connections WHERE (tenant = '\xa000275cff0a700180000000000000a0') AND (id > '\x00000000000000000000000000000000') AND (organization = '\x1e00275cff0a7001800000000000001e') ORDER BY id LIMIT 3;

SELECT account, kind, member_of, version, change, keep_until, payload FROM memberships WHERE (tenant = '\xa000275cff0a700180000000000000a0') AND (account > '\x00000000000000000000000000000000') AND (kind = '\x6f7267616e697a6174696f6e') AND (member_of = '\x1e00275cff0a7001800000000000001e') ORDER BY account LIMIT 3;

INSERT INTO limits (tenant, hash, attempts, keep_until) VALUES ($1, $2, 1, $3), ($4, $5, 1, $6) ON CONFLICT (tenant, hash) DO UPDATE SET attempts = CASE WHEN limits.keep_until <= $7 THEN 1 ELSE limits.attempts + 1 END, keep_until = CASE WHEN limits.keep_until <= $8 THEN excluded.keep_until ELSE limits.keep_until END RETURNING hash, attempts, keep_until;

UPDATE grants SET state = $1, change = $2, payload = $3, version = version + 1 WHERE tenant = $4 AND id = $5 AND version = $6 AND account = $7 AND client = $8 AND session = $9 AND user_code = $10 AND COALESCE(keep_until, 0) = $11 AND waiting_code IS NULL;

UPDATE grants SET state = $1, account = $2, client = $3, session = $4, user_code = $5, waiting_code = $6, change = $7, keep_until = $8, payload = $9, version = version + 1 WHERE tenant = $10 AND id = $11 AND version = $12;

UPDATE clients SET lane = $1, disabled = $2, deleted = $3, epoch = $4, change = $5, keep_until = $6, payload = $7, version = version + 1 WHERE tenant = $8 AND id = $9 AND version = $10;

UPDATE accounts SET disabled = $1, deleted = $2, sign_in_epoch = $3, grants_epoch = $4, change = $5, keep_until = $6, payload = $7, version = version + 1 WHERE tenant = $8 AND id = $9 AND version = $10;

DELETE FROM identifiers WHERE tenant = $1 AND kind = $2 AND value = $3 AND account = $4;

DELETE FROM credentials WHERE tenant = $1 AND kind = $2 AND handle = $3 AND account = $4;

DELETE FROM memberships WHERE tenant = $1 AND account = $2 AND kind = $3 AND member_of = $4;

UPDATE credentials SET account = $1, change = $2, keep_until = $3, payload = $4, version = version + 1 WHERE tenant = $5 AND kind = $6 AND handle = $7 AND version = $8;

UPDATE sessions SET account = $1, sign_in_epoch = $2, ended = $3, ends = $4, idle_ends = $5, change = $6, keep_until = $7, payload = $8, version = version + 1 WHERE tenant = $9 AND id = $10 AND version = $11;

UPDATE interactions SET finished = $1, change = $2, keep_until = $3, payload = $4, version = version + 1 WHERE tenant = $5 AND id = $6 AND version = $7;

UPDATE consents SET epoch = $1, change = $2, keep_until = $3, payload = $4, version = version + 1 WHERE tenant = $5 AND account = $6 AND client = $7 AND version = $8;

UPDATE tickets SET account = $1, spent = $2, change = $3, keep_until = $4, payload = $5, version = version + 1 WHERE tenant = $6 AND id = $7 AND version = $8;

UPDATE provider_keys SET purpose = $1, algorithm = $2, epoch = $3, change = $4, keep_until = $5, payload = $6, version = version + 1 WHERE tenant = $7 AND id = $8 AND version = $9;

UPDATE limits SET attempts = attempts - 1 WHERE tenant = $1 AND attempts > 0 AND keep_until > $2 AND hash IN ($3);

UPDATE organizations SET name = $1, disabled = $2, deleted = $3, epoch = $4, change = $5, keep_until = $6, payload = $7, version = version + 1 WHERE tenant = $8 AND id = $9 AND version = $10;

DELETE FROM organization_domains WHERE tenant = $1 AND domain = $2 AND organization = $3;

UPDATE account_groups SET organization = $1, name = $2, deleted = $3, change = $4, keep_until = $5, payload = $6, version = version + 1 WHERE tenant = $7 AND id = $8 AND version = $9;

UPDATE connections SET organization = $1, kind = $2, disabled = $3, deleted = $4, epoch = $5, change = $6, keep_until = $7, payload = $8, version = version + 1 WHERE tenant = $9 AND id = $10 AND version = $11;

SELECT id, state, account, client, session, user_code, waiting_code, version, change, keep_until, payload FROM grants WHERE (tenant = '\xa000275cff0a700180000000000000a0') AND (state NOT IN ('\x7265766f6b6564', '\x64656e696564')) AND (account = '\x0100275cff0a70018000000000000001') AND (client = '\x68747470733a2f2f6170702e6578616d706c652fc3a9f09f988020') AND (session = '\x0200275cff0a70018000000000000002') ORDER BY id LIMIT 10;

DELETE FROM replays WHERE tenant = $1 AND kind = $2 AND hash = $3 AND change = $4;

UPDATE deliveries SET due = $1, hidden = 0, attempts = attempts + 1 WHERE tenant = $2 AND id = $3;

DELETE FROM deliveries WHERE tenant = $1 AND id = $2;

DELETE FROM leases WHERE name = $1;

UPDATE tenants SET ended = 1, change = $1, version = version + 1 WHERE id = $2;

SELECT id, name, ended, version, change, keep_until FROM tenants WHERE (id > '\x00000000000000000000000000000000') ORDER BY id LIMIT 3;

SELECT tenant, hash FROM limits WHERE (keep_until <= 1774958400123456) ORDER BY keep_until LIMIT 1001;

DELETE FROM limits WHERE tenant = $1 AND hash = $2 AND keep_until <= $3;

SELECT tenant, kind, hash FROM replays WHERE (keep_until <= 1774958400123456) ORDER BY keep_until LIMIT 999;

DELETE FROM replays WHERE tenant = $1 AND kind = $2 AND hash = $3 AND keep_until <= $4;

SELECT tenant, id FROM interactions WHERE (keep_until <= 1774958400123456) ORDER BY keep_until LIMIT 998;

SELECT tenant, id FROM tickets WHERE (keep_until <= 1774958400123456) ORDER BY keep_until LIMIT 998;

SELECT tenant, id FROM grants WHERE (keep_until <= 1774958400123456) ORDER BY keep_until LIMIT 998;

SELECT tenant, id FROM sessions WHERE (keep_until <= 1774958400123456) ORDER BY keep_until LIMIT 998;

SELECT tenant, id FROM deliveries WHERE (keep_until <= 1774958400123456) ORDER BY keep_until LIMIT 998;

SELECT tenant, id FROM events WHERE (keep_until <= 1774958400123456) ORDER BY keep_until LIMIT 998;

DELETE FROM events WHERE tenant = $1 AND id = $2 AND keep_until <= $3;

SELECT tenant, account, client FROM consents WHERE (keep_until <= 1774958400123456) ORDER BY keep_until LIMIT 997;

SELECT tenant, kind, handle FROM credentials WHERE (keep_until <= 1774958400123456) ORDER BY keep_until LIMIT 997;

SELECT tenant, account, kind, member_of FROM memberships WHERE (keep_until <= 1774958400123456) ORDER BY keep_until LIMIT 997;

SELECT tenant, id FROM connections WHERE (keep_until <= 1774958400123456) ORDER BY keep_until LIMIT 997;

SELECT tenant, id FROM account_groups WHERE (keep_until <= 1774958400123456) ORDER BY keep_until LIMIT 997;

SELECT tenant, id FROM organizations WHERE (keep_until <= 1774958400123456) ORDER BY keep_until LIMIT 997;

SELECT tenant, id FROM accounts WHERE (keep_until <= 1774958400123456) ORDER BY keep_until LIMIT 997;

SELECT tenant, id FROM clients WHERE (keep_until <= 1774958400123456) ORDER BY keep_until LIMIT 997;

SELECT tenant, id FROM provider_keys WHERE (keep_until <= 1774958400123456) ORDER BY keep_until LIMIT 997;

SELECT id FROM tenants WHERE (keep_until <= 1774958400123456) ORDER BY keep_until LIMIT 997;

SELECT since, until, tenant, id FROM purge_walks WHERE name = $1;

WITH RECURSIVE h (tenant, n) AS (SELECT (SELECT g.tenant FROM grants g WHERE g.tenant > $1 ORDER BY g.tenant LIMIT 1), 1 UNION ALL SELECT (SELECT g.tenant FROM grants g WHERE g.tenant > h.tenant ORDER BY g.tenant LIMIT 1), h.n + 1 FROM h WHERE h.tenant IS NOT NULL AND h.n < 500) SELECT h.tenant, (SELECT g.id FROM grants g WHERE g.tenant = h.tenant AND g.id > $2 AND g.id < $3 ORDER BY g.id LIMIT 1) FROM h WHERE h.tenant IS NOT NULL;

SELECT id, version, keep_until, CASE WHEN state = $1 THEN payload END FROM grants WHERE tenant = $2 AND id > $3 AND id < $4 ORDER BY id LIMIT 1000;

DELETE FROM grants WHERE tenant = $1 AND id = $2 AND version = $3 AND state = $4;

INSERT INTO purge_walks (since, until, tenant, id, name) VALUES ($1, $2, $3, $4, $5);

SELECT tenant, hash FROM limits WHERE (keep_until <= 1810785600123456) ORDER BY keep_until LIMIT 1001;

SELECT tenant, kind, hash FROM replays WHERE (keep_until <= 1810785600123456) ORDER BY keep_until LIMIT 1001;

SELECT tenant, id FROM interactions WHERE (keep_until <= 1810785600123456) ORDER BY keep_until LIMIT 1001;

DELETE FROM interactions WHERE tenant = $1 AND id = $2 AND keep_until <= $3;

SELECT tenant, id FROM tickets WHERE (keep_until <= 1810785600123456) ORDER BY keep_until LIMIT 1000;

DELETE FROM tickets WHERE tenant = $1 AND id = $2 AND keep_until <= $3;

SELECT tenant, id FROM grants WHERE (keep_until <= 1810785600123456) ORDER BY keep_until LIMIT 999;

DELETE FROM grants WHERE tenant = $1 AND id = $2 AND keep_until <= $3;

SELECT tenant, id FROM sessions WHERE (keep_until <= 1810785600123456) ORDER BY keep_until LIMIT 997;

DELETE FROM sessions WHERE tenant = $1 AND id = $2 AND keep_until <= $3;

SELECT tenant, id FROM deliveries WHERE (keep_until <= 1810785600123456) ORDER BY keep_until LIMIT 996;

SELECT tenant, id FROM events WHERE (keep_until <= 1810785600123456) ORDER BY keep_until LIMIT 996;

SELECT tenant, account, client FROM consents WHERE (keep_until <= 1810785600123456) ORDER BY keep_until LIMIT 996;

DELETE FROM consents WHERE tenant = $1 AND account = $2 AND client = $3 AND keep_until <= $4;

SELECT tenant, kind, handle FROM credentials WHERE (keep_until <= 1810785600123456) ORDER BY keep_until LIMIT 995;

DELETE FROM credentials WHERE tenant = $1 AND kind = $2 AND handle = $3 AND keep_until <= $4;

SELECT tenant, account, kind, member_of FROM memberships WHERE (keep_until <= 1810785600123456) ORDER BY keep_until LIMIT 994;

DELETE FROM memberships WHERE tenant = $1 AND account = $2 AND kind = $3 AND member_of = $4 AND keep_until <= $5;

SELECT tenant, id FROM connections WHERE (keep_until <= 1810785600123456) ORDER BY keep_until LIMIT 993;

DELETE FROM connections WHERE tenant = $1 AND id = $2 AND keep_until <= $3;

SELECT tenant, id FROM account_groups WHERE (keep_until <= 1810785600123456) ORDER BY keep_until LIMIT 992;

DELETE FROM account_groups WHERE tenant = $1 AND id = $2 AND keep_until <= $3;

SELECT tenant, id FROM organizations WHERE (keep_until <= 1810785600123456) ORDER BY keep_until LIMIT 991;

DELETE FROM organizations WHERE tenant = $1 AND id = $2 AND keep_until <= $3;

DELETE FROM organization_domains WHERE tenant = $1 AND organization = $2;

SELECT tenant, id FROM accounts WHERE (keep_until <= 1810785600123456) ORDER BY keep_until LIMIT 990;

DELETE FROM accounts WHERE tenant = $1 AND id = $2 AND keep_until <= $3;

DELETE FROM identifiers WHERE tenant = $1 AND account = $2;

DELETE FROM credentials WHERE tenant = $1 AND account = $2;

DELETE FROM memberships WHERE tenant = $1 AND account = $2;

SELECT tenant, id FROM clients WHERE (keep_until <= 1810785600123456) ORDER BY keep_until LIMIT 988;

DELETE FROM clients WHERE tenant = $1 AND id = $2 AND keep_until <= $3;

SELECT tenant, id FROM provider_keys WHERE (keep_until <= 1810785600123456) ORDER BY keep_until LIMIT 987;

DELETE FROM provider_keys WHERE tenant = $1 AND id = $2 AND keep_until <= $3;

SELECT id FROM tenants WHERE (keep_until <= 1810785600123456) ORDER BY keep_until LIMIT 986;

UPDATE purge_walks SET since = $1, until = $2, tenant = $3, id = $4 WHERE name = $5 AND since = $6 AND until = $7 AND tenant = $8 AND id = $9;
