INSERT INTO tenants (id, name, ended, version, `change`, keep_until) VALUES (?, ?, ?, 1, ?, ?);

INSERT INTO clients (tenant, id, lane, disabled, deleted, epoch, `change`, keep_until, payload, version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1);

INSERT INTO accounts (tenant, id, disabled, deleted, sign_in_epoch, grants_epoch, `change`, keep_until, payload, version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1);

UPDATE identifiers SET account = ? WHERE tenant = ? AND kind = ? AND value = ? AND account = ?;

INSERT INTO identifiers (account, tenant, kind, value) VALUES (?, ?, ?, ?);

UPDATE credentials SET `change` = ?, keep_until = ?, payload = ?, version = version + 1 WHERE tenant = ? AND kind = ? AND handle = ? AND account = ?;

INSERT INTO credentials (tenant, kind, handle, account, version, `change`, keep_until, payload) VALUES (?, ?, ?, ?, ?, ?, ?, ?);

INSERT INTO sessions (tenant, id, account, sign_in_epoch, ended, ends, idle_ends, `change`, keep_until, payload, version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1);

INSERT INTO interactions (tenant, id, finished, `change`, keep_until, payload, version) VALUES (?, ?, ?, ?, ?, ?, 1);

INSERT INTO consents (tenant, account, client, epoch, `change`, keep_until, payload, version) VALUES (?, ?, ?, ?, ?, ?, ?, 1);

INSERT INTO tickets (tenant, id, account, spent, `change`, keep_until, payload, version) VALUES (?, ?, ?, ?, ?, ?, ?, 1);

INSERT INTO provider_keys (tenant, id, purpose, algorithm, epoch, `change`, keep_until, payload, version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1);

INSERT INTO replays (tenant, kind, hash, keep_until, `change`) VALUES (?, ?, ?, ?, ?);

INSERT INTO events (tenant, id, at, name, account, client, thing, version, keep_until, payload) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

INSERT INTO deliveries (tenant, id, kind, due, hidden, attempts, keep_until, body) VALUES (?, ?, ?, ?, 0, ?, ?, ?);

INSERT INTO grants (tenant, id, state, account, client, session, user_code, waiting_code, `change`, keep_until, payload, version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1);

INSERT INTO limits (tenant, hash, attempts, keep_until) VALUES (?, ?, 1, ?) ON DUPLICATE KEY UPDATE attempts = IF(keep_until <= ?, 1, attempts + 1), keep_until = IF(keep_until <= ?, VALUES(keep_until), keep_until);

SELECT hash, attempts, keep_until FROM limits WHERE tenant = ? AND hash IN (?);

UPDATE leases SET holder = ?, until = ? WHERE name = ? AND (holder = ? OR until <= ?);

INSERT INTO leases (holder, until, name) VALUES (?, ?, ?);

INSERT INTO organizations (tenant, id, name, disabled, deleted, epoch, `change`, keep_until, payload, version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1);

UPDATE organization_domains SET organization = ? WHERE tenant = ? AND domain = ? AND organization = ?;

INSERT INTO organization_domains (organization, tenant, domain) VALUES (?, ?, ?);

INSERT INTO account_groups (tenant, id, organization, name, deleted, `change`, keep_until, payload, version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1);

UPDATE memberships SET `change` = ?, keep_until = ?, payload = ?, version = version + 1 WHERE tenant = ? AND account = ? AND kind = ? AND member_of = ?;

INSERT INTO memberships (tenant, account, kind, member_of, `change`, keep_until, payload, version) VALUES (?, ?, ?, ?, ?, ?, ?, 1);

INSERT INTO connections (tenant, id, organization, kind, disabled, deleted, epoch, `change`, keep_until, payload, version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1);

SELECT id, name, ended, version, `change`, keep_until FROM tenants WHERE (name = X'54656e616e7420c3a9f09f9880');

SELECT g.id AS a, g.state AS b, g.account AS c, g.client AS d, g.session AS e, g.user_code AS f, g.waiting_code AS g, g.version AS h, g.`change` AS i, g.keep_until AS j, g.payload AS k, a.disabled | a.deleted AS l, a.sign_in_epoch AS m, a.grants_epoch AS n, c.disabled | c.deleted AS o, c.epoch AS p, c.version AS q, o.epoch AS r, s.ended AS s, s.sign_in_epoch AS t, s.ends AS u, s.idle_ends AS v FROM grants g LEFT JOIN accounts a FORCE INDEX (PRIMARY) ON a.tenant = g.tenant AND a.id = g.account LEFT JOIN clients c FORCE INDEX (PRIMARY) ON c.tenant = g.tenant AND c.id = g.client LEFT JOIN consents o FORCE INDEX (PRIMARY) ON o.tenant = g.tenant AND o.account = g.account AND o.client = g.client LEFT JOIN sessions s FORCE INDEX (PRIMARY) ON s.tenant = g.tenant AND s.id = g.session WHERE g.tenant = ? AND g.id = ?;

SELECT id, state, account, client, session, user_code, waiting_code, version, `change`, keep_until, payload FROM grants WHERE (tenant = X'a000275cff0a700180000000000000a0') AND (waiting_code IN (X'00fe220000000000000000000000000000000000000000000000000000000000')) ORDER BY id LIMIT 1;

SELECT id AS a, lane AS b, disabled AS c, deleted AS d, epoch AS e, version AS f, `change` AS g, keep_until AS h, payload AS i FROM clients WHERE tenant = ? AND id = ?;

SELECT a.id, a.disabled, a.deleted, a.sign_in_epoch, a.grants_epoch, a.version, a.`change`, a.keep_until, a.payload FROM identifiers i LEFT JOIN accounts a FORCE INDEX (PRIMARY) ON a.tenant = i.tenant AND a.id = i.account WHERE i.tenant = ? AND i.kind = ? AND i.value = ? AND a.id IS NOT NULL;

SELECT kind, value FROM identifiers WHERE (tenant = X'a000275cff0a700180000000000000a0') AND (account = X'0100275cff0a70018000000000000001') ORDER BY kind, value;

SELECT kind, handle, account, version, `change`, keep_until, payload FROM credentials WHERE (tenant = X'a000275cff0a700180000000000000a0') AND (account = X'0100275cff0a70018000000000000001') ORDER BY kind, handle;

SELECT s.id AS a, s.account AS b, s.sign_in_epoch AS c, s.ended AS d, s.ends AS e, s.idle_ends AS f, s.version AS g, s.`change` AS h, s.keep_until AS i, s.payload AS j, a.id AS k, a.disabled AS l, a.deleted AS m, a.sign_in_epoch AS n, a.grants_epoch AS o, a.version AS p, a.`change` AS q, a.keep_until AS r, a.payload AS s FROM sessions s LEFT JOIN accounts a FORCE INDEX (PRIMARY) ON a.tenant = s.tenant AND a.id = s.account WHERE s.tenant = ? AND s.id = ?;

SELECT id AS a, finished AS b, version AS c, `change` AS d, keep_until AS e, payload AS f FROM interactions WHERE tenant = ? AND id = ?;

SELECT c.disabled | c.deleted AS a, c.epoch AS b, c.version AS c, o.account AS d, o.client AS e, o.epoch AS f, o.version AS g, o.`change` AS h, o.keep_until AS i, o.payload AS j FROM (SELECT 1 AS one) x LEFT JOIN clients c FORCE INDEX (PRIMARY) ON c.tenant = ? AND c.id = ? LEFT JOIN consents o FORCE INDEX (PRIMARY) ON o.tenant = ? AND o.account = ? AND o.client = ?;

SELECT id AS a, account AS b, spent AS c, version AS d, `change` AS e, keep_until AS f, payload AS g FROM tickets WHERE tenant = ? AND id = ?;

SELECT id, purpose, algorithm, epoch, version, `change`, keep_until, payload FROM provider_keys WHERE (tenant = X'a000275cff0a700180000000000000a0') ORDER BY id;

SELECT c.disabled | c.deleted, c.epoch, c.version, r.hash FROM (SELECT 1 AS one) x LEFT JOIN clients c FORCE INDEX (PRIMARY) ON c.tenant = ? AND c.id = ? LEFT JOIN replays r FORCE INDEX (PRIMARY) ON r.tenant = ? AND r.kind = ? AND r.hash = ?;

SELECT id, at, name, account, client, thing, version, keep_until, payload FROM events WHERE (tenant = X'a000275cff0a700180000000000000a0') AND (id > X'00000000000000000000000000000000') AND (client = X'68747470733a2f2f6170702e6578616d706c652fc3a9f09f988020') ORDER BY id LIMIT 9;

SELECT tenant, id, kind, due, hidden, attempts, keep_until, body FROM deliveries WHERE (due <= 1774785600123456) AND (hidden <= 1774785600123456) AND (tenant IN (X'a000275cff0a700180000000000000a0')) ORDER BY due, tenant, id LIMIT 9;

UPDATE deliveries SET hidden = ? WHERE tenant = ? AND id = ? AND hidden = ?;

SELECT o.id AS a, o.name AS b, o.disabled AS c, o.deleted AS d, o.epoch AS e, o.version AS f, o.`change` AS g, o.keep_until AS h, o.payload AS i, c.id AS j, c.organization AS k, c.kind AS l, c.disabled AS m, c.deleted AS n, c.epoch AS o, c.version AS p, c.`change` AS q, c.keep_until AS r, c.payload AS s FROM organization_domains d JOIN organizations o ON o.tenant = d.tenant AND o.id = d.organization LEFT JOIN connections c ON c.tenant = o.tenant AND c.organization = o.id WHERE d.tenant = ? AND d.domain = ? ORDER BY c.id LIMIT ?;

SELECT domain FROM organization_domains WHERE (tenant = X'a000275cff0a700180000000000000a0') AND (organization = X'1e00275cff0a7001800000000000001e') ORDER BY domain;

SELECT id AS a, organization AS b, name AS c, deleted AS d, version AS e, `change` AS f, keep_until AS g, payload AS h FROM account_groups WHERE tenant = ? AND organization = ? AND name = ?;

SELECT account, kind, member_of, version, `change`, keep_until, payload FROM memberships WHERE (tenant = X'a000275cff0a700180000000000000a0') AND (member_of > X'00000000000000000000000000000000') AND (account = X'2200275cff0a70018000000000000022') AND (kind = X'6f7267616e697a6174696f6e') ORDER BY member_of LIMIT 9;

SELECT id AS a, disabled AS b, deleted AS c, sign_in_epoch AS d, grants_epoch AS e, version AS f, `change` AS g, keep_until AS h, payload AS i FROM accounts WHERE tenant = ? AND id = ?;

SELECT g.id AS a, g.state AS b, g.account AS c, g.client AS d, g.session AS e, g.user_code AS f, g.waiting_code AS g, g.version AS h, g.`change` AS i, g.keep_until AS j, g.payload AS k, a.disabled | a.deleted AS l, a.sign_in_epoch AS m, a.grants_epoch AS n, c.disabled | c.deleted AS o, c.epoch AS p, c.version AS q, o.epoch AS r, s.ended AS s, s.sign_in_epoch AS t, s.ends AS u, s.idle_ends AS v, a.id AS w, a.disabled AS x, a.deleted AS y, a.sign_in_epoch AS z, a.grants_epoch AS A, a.version AS B, a.`change` AS C, a.keep_until AS D, a.payload AS E FROM grants g LEFT JOIN accounts a FORCE INDEX (PRIMARY) ON a.tenant = g.tenant AND a.id = g.account LEFT JOIN clients c FORCE INDEX (PRIMARY) ON c.tenant = g.tenant AND c.id = g.client LEFT JOIN consents o FORCE INDEX (PRIMARY) ON o.tenant = g.tenant AND o.account = g.account AND o.client = g.client LEFT JOIN sessions s FORCE INDEX (PRIMARY) ON s.tenant = g.tenant AND s.id = g.session WHERE g.tenant = ? AND g.id = ?;

SELECT id, state, account, client, session, user_code, waiting_code, version, `change`, keep_until, payload FROM grants WHERE (tenant = X'a000275cff0a700180000000000000a0') AND (id > X'00000000000000000000000000000000') AND (account = X'0100275cff0a70018000000000000001') AND (client = X'68747470733a2f2f6170702e6578616d706c652fc3a9f09f988020') AND (session = X'0200275cff0a70018000000000000002') ORDER BY id LIMIT 3;

SELECT id, lane, disabled, deleted, epoch, version, `change`, keep_until, payload FROM clients WHERE (tenant = X'a000275cff0a700180000000000000a0') AND (id > X'') ORDER BY id LIMIT 3;

SELECT id, disabled, deleted, sign_in_epoch, grants_epoch, version, `change`, keep_until, payload FROM accounts WHERE (tenant = X'a000275cff0a700180000000000000a0') AND (id > X'00000000000000000000000000000000') ORDER BY id LIMIT 3;

SELECT kind AS a, handle AS b, account AS c, version AS d, `change` AS e, keep_until AS f, payload AS g FROM credentials WHERE tenant = ? AND kind = ? AND handle = ?;

SELECT s.id, s.account, s.sign_in_epoch, s.ended, s.ends, s.idle_ends, s.version, s.`change`, s.keep_until, s.payload, a.id, a.disabled, a.deleted, a.sign_in_epoch, a.grants_epoch, a.version, a.`change`, a.keep_until, a.payload FROM sessions AS s LEFT JOIN accounts AS a ON a.tenant = s.tenant AND a.id = s.account WHERE (s.tenant = X'a000275cff0a700180000000000000a0') AND (s.id IN (X'0200275cff0a70018000000000000002', X'2c00275cff0a7001800000000000002c'));

SELECT id, account, sign_in_epoch, ended, ends, idle_ends, version, `change`, keep_until, payload FROM sessions WHERE (tenant = X'a000275cff0a700180000000000000a0') AND (id > X'00000000000000000000000000000000') AND (account = X'0100275cff0a70018000000000000001') ORDER BY id LIMIT 3;

SELECT account, client, epoch, version, `change`, keep_until, payload FROM consents WHERE (tenant = X'a000275cff0a700180000000000000a0') AND (client > X'') AND (account = X'0100275cff0a70018000000000000001') ORDER BY client LIMIT 3;

SELECT id, at, name, account, client, thing, version, keep_until, payload FROM events WHERE (tenant = X'a000275cff0a700180000000000000a0') AND (id > X'00000000000000000000000000000000') AND (account = X'0100275cff0a70018000000000000001') AND (client = X'68747470733a2f2f6170702e6578616d706c652fc3a9f09f988020') AND (name = X'78') ORDER BY id LIMIT 3;

SELECT id, name, disabled, deleted, epoch, version, `change`, keep_until, payload FROM organizations WHERE (tenant = X'a000275cff0a700180000000000000a0') AND (id > X'00000000000000000000000000000000') ORDER BY id LIMIT 3;

SELECT id AS a, name AS b, disabled AS c, deleted AS d, epoch AS e, version AS f, `change` AS g, keep_until AS h, payload AS i FROM organizations WHERE tenant = ? AND name = ?;

SELECT id, organization, name, deleted, version, `change`, keep_until, payload FROM account_groups WHERE (tenant = X'a000275cff0a700180000000000000a0') AND (id > X'00000000000000000000000000000000') AND (organization = X'1e00275cff0a7001800000000000001e') ORDER BY id LIMIT 3;

SELECT id, organization, kind, disabled, deleted, epoch, version, `change`, keep_until, payload FROM connections WHERE (tenant = X'a000275cff0a700180000000000000a0') AND (id > X'00000000000000000000000000000000') AND (organization = X'1e00275cff0a7001800000000000001e') ORDER BY id LIMIT 3;

SELECT account, kind, member_of, version, `change`, keep_until, payload FROM memberships WHERE (tenant = X'a000275cff0a700180000000000000a0') AND (account > X'00000000000000000000000000000000') AND (kind = X'6f7267616e697a6174696f6e') AND (member_of = X'1e00275cff0a7001800000000000001e') ORDER BY account LIMIT 3;

INSERT INTO limits (tenant, hash, attempts, keep_until) VALUES (?, ?, 1, ?), (?, ?, 1, ?) ON DUPLICATE KEY UPDATE attempts = IF(keep_until <= ?, 1, attempts + 1), keep_until = IF(keep_until <= ?, VALUES(keep_until), keep_until);

SELECT hash, attempts, keep_until FROM limits WHERE tenant = ? AND hash IN (?, ?);

UPDATE grants FORCE INDEX (PRIMARY) SET state = ?, `change` = ?, payload = ?, version = version + 1 WHERE tenant = ? AND id = ? AND version = ? AND account = ? AND client = ? AND session = ? AND user_code = ? AND COALESCE(keep_until, 0) = ? AND waiting_code IS NULL;

UPDATE grants FORCE INDEX (PRIMARY) SET state = ?, account = ?, client = ?, session = ?, user_code = ?, waiting_code = ?, `change` = ?, keep_until = ?, payload = ?, version = version + 1 WHERE tenant = ? AND id = ? AND version = ?;

UPDATE clients FORCE INDEX (PRIMARY) SET lane = ?, disabled = ?, deleted = ?, epoch = ?, `change` = ?, keep_until = ?, payload = ?, version = version + 1 WHERE tenant = ? AND id = ? AND version = ?;

UPDATE accounts FORCE INDEX (PRIMARY) SET disabled = ?, deleted = ?, sign_in_epoch = ?, grants_epoch = ?, `change` = ?, keep_until = ?, payload = ?, version = version + 1 WHERE tenant = ? AND id = ? AND version = ?;

DELETE FROM identifiers WHERE tenant = ? AND kind = ? AND value = ? AND account = ?;

DELETE FROM credentials WHERE tenant = ? AND kind = ? AND handle = ? AND account = ?;

DELETE FROM memberships WHERE tenant = ? AND account = ? AND kind = ? AND member_of = ?;

UPDATE credentials FORCE INDEX (PRIMARY) SET account = ?, `change` = ?, keep_until = ?, payload = ?, version = version + 1 WHERE tenant = ? AND kind = ? AND handle = ? AND version = ?;

UPDATE sessions FORCE INDEX (PRIMARY) SET account = ?, sign_in_epoch = ?, ended = ?, ends = ?, idle_ends = ?, `change` = ?, keep_until = ?, payload = ?, version = version + 1 WHERE tenant = ? AND id = ? AND version = ?;

UPDATE interactions FORCE INDEX (PRIMARY) SET finished = ?, `change` = ?, keep_until = ?, payload = ?, version = version + 1 WHERE tenant = ? AND id = ? AND version = ?;

UPDATE consents FORCE INDEX (PRIMARY) SET epoch = ?, `change` = ?, keep_until = ?, payload = ?, version = version + 1 WHERE tenant = ? AND account = ? AND client = ? AND version = ?;

UPDATE tickets FORCE INDEX (PRIMARY) SET account = ?, spent = ?, `change` = ?, keep_until = ?, payload = ?, version = version + 1 WHERE tenant = ? AND id = ? AND version = ?;

UPDATE provider_keys FORCE INDEX (PRIMARY) SET purpose = ?, algorithm = ?, epoch = ?, `change` = ?, keep_until = ?, payload = ?, version = version + 1 WHERE tenant = ? AND id = ? AND version = ?;

UPDATE limits SET attempts = attempts - 1 WHERE tenant = ? AND attempts > 0 AND keep_until > ? AND hash IN (?);

UPDATE organizations FORCE INDEX (PRIMARY) SET name = ?, disabled = ?, deleted = ?, epoch = ?, `change` = ?, keep_until = ?, payload = ?, version = version + 1 WHERE tenant = ? AND id = ? AND version = ?;

DELETE FROM organization_domains WHERE tenant = ? AND domain = ? AND organization = ?;

UPDATE account_groups FORCE INDEX (PRIMARY) SET organization = ?, name = ?, deleted = ?, `change` = ?, keep_until = ?, payload = ?, version = version + 1 WHERE tenant = ? AND id = ? AND version = ?;

UPDATE connections FORCE INDEX (PRIMARY) SET organization = ?, kind = ?, disabled = ?, deleted = ?, epoch = ?, `change` = ?, keep_until = ?, payload = ?, version = version + 1 WHERE tenant = ? AND id = ? AND version = ?;

SELECT id, state, account, client, session, user_code, waiting_code, version, `change`, keep_until, payload FROM grants WHERE (tenant = X'a000275cff0a700180000000000000a0') AND (state NOT IN (X'7265766f6b6564', X'64656e696564')) AND (account = X'0100275cff0a70018000000000000001') AND (client = X'68747470733a2f2f6170702e6578616d706c652fc3a9f09f988020') AND (session = X'0200275cff0a70018000000000000002') ORDER BY id LIMIT 10;

DELETE FROM replays WHERE tenant = ? AND kind = ? AND hash = ? AND `change` = ?;

UPDATE deliveries SET due = ?, hidden = 0, attempts = attempts + 1 WHERE tenant = ? AND id = ?;

DELETE FROM deliveries WHERE tenant = ? AND id = ?;

DELETE FROM leases WHERE name = ?;

UPDATE tenants SET ended = 1, `change` = ?, version = version + 1 WHERE id = ?;

SELECT id, name, ended, version, `change`, keep_until FROM tenants WHERE (id > X'00000000000000000000000000000000') ORDER BY id LIMIT 3;

SELECT tenant, hash FROM limits WHERE (keep_until <= 1774958400123456) ORDER BY keep_until LIMIT 1001;

DELETE FROM limits WHERE tenant = ? AND hash = ? AND keep_until <= ?;

SELECT tenant, kind, hash FROM replays WHERE (keep_until <= 1774958400123456) ORDER BY keep_until LIMIT 999;

DELETE FROM replays WHERE tenant = ? AND kind = ? AND hash = ? AND keep_until <= ?;

SELECT tenant, id FROM interactions WHERE (keep_until <= 1774958400123456) ORDER BY keep_until LIMIT 998;

SELECT tenant, id FROM tickets WHERE (keep_until <= 1774958400123456) ORDER BY keep_until LIMIT 998;

SELECT tenant, id FROM grants WHERE (keep_until <= 1774958400123456) ORDER BY keep_until LIMIT 998;

SELECT tenant, id FROM sessions WHERE (keep_until <= 1774958400123456) ORDER BY keep_until LIMIT 998;

SELECT tenant, id FROM deliveries WHERE (keep_until <= 1774958400123456) ORDER BY keep_until LIMIT 998;

SELECT tenant, id FROM events WHERE (keep_until <= 1774958400123456) ORDER BY keep_until LIMIT 998;

DELETE FROM events WHERE tenant = ? AND id = ? AND keep_until <= ?;

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

SELECT since, until, tenant, id FROM purge_walks WHERE name = ?;

SELECT tenant, MIN(id) FROM grants FORCE INDEX (PRIMARY) WHERE tenant > ? AND id > ? AND id < ? GROUP BY tenant ORDER BY tenant LIMIT 500;

SELECT id, version, keep_until, CASE WHEN state = ? THEN payload END FROM grants FORCE INDEX (PRIMARY) WHERE tenant = ? AND id > ? AND id < ? ORDER BY id LIMIT 1000;

DELETE FROM grants WHERE tenant = ? AND id = ? AND version = ? AND state = ?;

INSERT INTO purge_walks (since, until, tenant, id, name) VALUES (?, ?, ?, ?, ?);

SELECT tenant, hash FROM limits WHERE (keep_until <= 1810785600123456) ORDER BY keep_until LIMIT 1001;

SELECT tenant, kind, hash FROM replays WHERE (keep_until <= 1810785600123456) ORDER BY keep_until LIMIT 1001;

SELECT tenant, id FROM interactions WHERE (keep_until <= 1810785600123456) ORDER BY keep_until LIMIT 1001;

DELETE FROM interactions WHERE tenant = ? AND id = ? AND keep_until <= ?;

SELECT tenant, id FROM tickets WHERE (keep_until <= 1810785600123456) ORDER BY keep_until LIMIT 1000;

DELETE FROM tickets WHERE tenant = ? AND id = ? AND keep_until <= ?;

SELECT tenant, id FROM grants WHERE (keep_until <= 1810785600123456) ORDER BY keep_until LIMIT 999;

DELETE FROM grants WHERE tenant = ? AND id = ? AND keep_until <= ?;

SELECT tenant, id FROM sessions WHERE (keep_until <= 1810785600123456) ORDER BY keep_until LIMIT 997;

DELETE FROM sessions WHERE tenant = ? AND id = ? AND keep_until <= ?;

SELECT tenant, id FROM deliveries WHERE (keep_until <= 1810785600123456) ORDER BY keep_until LIMIT 996;

SELECT tenant, id FROM events WHERE (keep_until <= 1810785600123456) ORDER BY keep_until LIMIT 996;

SELECT tenant, account, client FROM consents WHERE (keep_until <= 1810785600123456) ORDER BY keep_until LIMIT 996;

DELETE FROM consents WHERE tenant = ? AND account = ? AND client = ? AND keep_until <= ?;

SELECT tenant, kind, handle FROM credentials WHERE (keep_until <= 1810785600123456) ORDER BY keep_until LIMIT 995;

DELETE FROM credentials WHERE tenant = ? AND kind = ? AND handle = ? AND keep_until <= ?;

SELECT tenant, account, kind, member_of FROM memberships WHERE (keep_until <= 1810785600123456) ORDER BY keep_until LIMIT 994;

DELETE FROM memberships WHERE tenant = ? AND account = ? AND kind = ? AND member_of = ? AND keep_until <= ?;

SELECT tenant, id FROM connections WHERE (keep_until <= 1810785600123456) ORDER BY keep_until LIMIT 993;

DELETE FROM connections WHERE tenant = ? AND id = ? AND keep_until <= ?;

SELECT tenant, id FROM account_groups WHERE (keep_until <= 1810785600123456) ORDER BY keep_until LIMIT 992;

DELETE FROM account_groups WHERE tenant = ? AND id = ? AND keep_until <= ?;

SELECT tenant, id FROM organizations WHERE (keep_until <= 1810785600123456) ORDER BY keep_until LIMIT 991;

DELETE FROM organizations WHERE tenant = ? AND id = ? AND keep_until <= ?;

DELETE FROM organization_domains WHERE tenant = ? AND organization = ?;

SELECT tenant, id FROM accounts WHERE (keep_until <= 1810785600123456) ORDER BY keep_until LIMIT 990;

DELETE FROM accounts WHERE tenant = ? AND id = ? AND keep_until <= ?;

DELETE FROM identifiers WHERE tenant = ? AND account = ?;

DELETE FROM credentials WHERE tenant = ? AND account = ?;

DELETE FROM memberships WHERE tenant = ? AND account = ?;

SELECT tenant, id FROM clients WHERE (keep_until <= 1810785600123456) ORDER BY keep_until LIMIT 988;

DELETE FROM clients WHERE tenant = ? AND id = ? AND keep_until <= ?;

SELECT tenant, id FROM provider_keys WHERE (keep_until <= 1810785600123456) ORDER BY keep_until LIMIT 987;

DELETE FROM provider_keys WHERE tenant = ? AND id = ? AND keep_until <= ?;

SELECT id FROM tenants WHERE (keep_until <= 1810785600123456) ORDER BY keep_until LIMIT 986;

UPDATE purge_walks SET since = ?, until = ?, tenant = ?, id = ? WHERE name = ? AND since = ? AND until = ? AND tenant = ? AND id = ?;
