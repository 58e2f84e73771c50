-- Comity's first schema. One text for SQLite and PostgreSQL: BLOB becomes BYTEA, ?1 becomes $1.
-- Every table says how it lies on a cluster: distributed (by collection), reference (copied everywhere) or local.
-- Times are microseconds since 1970-01-01 UTC. Digests and hashes are 32 bytes.

-- Facts about this database: the node's member, when it was made, what it was restored from.
-- local
CREATE TABLE fact (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
);

-- A collection is the unit of scale and what TAXII calls a collection. last_us is its persisted clock.
-- reference
CREATE TABLE collection (
  collection TEXT NOT NULL PRIMARY KEY,
  alias TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL,
  description TEXT NOT NULL,
  exercise BIGINT NOT NULL,
  last_us BIGINT NOT NULL,
  last_seq BIGINT NOT NULL,
  created_us BIGINT NOT NULL
);

-- Every handling that a record here ever carried; immutable, named by the hash of its canonical form.
-- reference
CREATE TABLE handling (
  handling BLOB NOT NULL PRIMARY KEY,
  body TEXT NOT NULL,
  opens_us BIGINT,
  closes_us BIGINT
);

-- Each applied version of the agreement; the newest epoch is in force.
-- reference
CREATE TABLE epoch (
  epoch BIGINT NOT NULL PRIMARY KEY,
  digest BLOB NOT NULL,
  body TEXT NOT NULL,
  policy BLOB NOT NULL,
  actor TEXT NOT NULL,
  at_us BIGINT NOT NULL
);

-- The sets of local policies that were ever in force; guards are in the binary.
-- reference
CREATE TABLE policy (
  policy BLOB NOT NULL PRIMARY KEY,
  guards BLOB NOT NULL,
  body TEXT NOT NULL
);

-- Who may look, and in which context: a member with a purpose and a legal basis. Release is to audiences.
-- reference
CREATE TABLE audience (
  audience BIGINT NOT NULL PRIMARY KEY,
  member TEXT NOT NULL,
  purpose TEXT NOT NULL,
  basis TEXT NOT NULL,
  UNIQUE (member, purpose, basis)
);

-- One row per version of a STIX object in one collection from one origin. seq is its number in the collection and
-- never changes; ord is the number within (collection, handling), added_us the added-time that an open release
-- shows. A change of handling moves the row to a new ord and added_us.
-- distributed
CREATE TABLE record (
  collection TEXT NOT NULL,
  seq BIGINT NOT NULL,
  origin TEXT NOT NULL,
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  spec TEXT NOT NULL,
  version_us BIGINT NOT NULL,
  version TEXT NOT NULL,
  digest BLOB NOT NULL,
  name TEXT NOT NULL,
  handling BLOB NOT NULL,
  parts TEXT NOT NULL,
  ord BIGINT NOT NULL,
  added_us BIGINT NOT NULL,
  first_us BIGINT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  revision BIGINT NOT NULL,
  envelope TEXT NOT NULL,
  held BLOB NOT NULL,
  leaf BIGINT NOT NULL,
  salt BLOB,
  actor TEXT NOT NULL,
  PRIMARY KEY (collection, seq)
);
CREATE UNIQUE INDEX record_key ON record (collection, origin, id, version_us, version, digest);
CREATE INDEX record_added ON record (collection, added_us);
CREATE INDEX record_ord ON record (collection, handling, ord);
CREATE INDEX record_leaf ON record (collection, leaf);
CREATE INDEX record_id ON record (collection, id, version_us);

-- The bytes, apart from the row so that they can be erased alone. variant is empty for the object as it came,
-- else the digest of the redaction that made it.
-- distributed
CREATE TABLE content (
  collection TEXT NOT NULL,
  origin TEXT NOT NULL,
  id TEXT NOT NULL,
  version TEXT NOT NULL,
  digest BLOB NOT NULL,
  variant BLOB NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (collection, origin, id, version, digest, variant)
);

-- Derived: which objects a record names. Rebuilt by reindex.
-- distributed
CREATE TABLE reference (
  collection TEXT NOT NULL,
  seq BIGINT NOT NULL,
  path TEXT NOT NULL,
  target TEXT NOT NULL,
  PRIMARY KEY (collection, seq, path, target)
);
CREATE INDEX reference_target ON reference (collection, target);

-- Warnings that validation left on a record.
-- distributed
CREATE TABLE finding (
  collection TEXT NOT NULL,
  seq BIGINT NOT NULL,
  n BIGINT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (collection, seq, n)
);

-- Next ord of each handling in a collection.
-- distributed
CREATE TABLE shelf (
  collection TEXT NOT NULL,
  handling BLOB NOT NULL,
  next_ord BIGINT NOT NULL,
  PRIMARY KEY (collection, handling)
);

-- Intervals of ord that an audience sees. hi is null: open, shown at the record's own added-time.
-- Else late: the record with number ord is shown at base_us + (ord - lo).
-- distributed
CREATE TABLE release (
  collection TEXT NOT NULL,
  audience BIGINT NOT NULL,
  handling BLOB NOT NULL,
  lo BIGINT NOT NULL,
  hi BIGINT,
  base_us BIGINT NOT NULL,
  PRIMARY KEY (collection, audience, handling, lo)
);

-- The decision behind the releases, without record state and dates: for (audience, handling), under an epoch.
-- reference
CREATE TABLE verdict (
  audience BIGINT NOT NULL,
  handling BLOB NOT NULL,
  epoch BIGINT NOT NULL,
  allow BIGINT NOT NULL,
  rules TEXT NOT NULL,
  PRIMARY KEY (audience, handling)
);

-- What left for whom. n counts how often; only the first delivery has a commitment in the ledger.
-- distributed
CREATE TABLE delivery (
  collection TEXT NOT NULL,
  audience BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  served BLOB NOT NULL,
  handling BLOB NOT NULL,
  policy BLOB NOT NULL,
  epoch BIGINT NOT NULL,
  leaf BIGINT NOT NULL,
  salt BLOB NOT NULL,
  first_us BIGINT NOT NULL,
  last_us BIGINT NOT NULL,
  n BIGINT NOT NULL,
  PRIMARY KEY (collection, audience, seq, served, handling)
);

-- The ledger: its leaves, the stored hashes of the tree, and its signed head (one row).
-- local
CREATE TABLE leaf (
  seq BIGINT NOT NULL PRIMARY KEY,
  body BLOB NOT NULL
);
-- local
CREATE TABLE tree (
  idx BIGINT NOT NULL PRIMARY KEY,
  hash BLOB NOT NULL
);
-- local
CREATE TABLE head (
  one BIGINT NOT NULL PRIMARY KEY,
  size BIGINT NOT NULL,
  root BLOB NOT NULL,
  checkpoint TEXT NOT NULL
);

-- Users of this node's members, with their roles.
-- local
CREATE TABLE person (
  name TEXT NOT NULL PRIMARY KEY,
  member TEXT NOT NULL,
  roles TEXT NOT NULL,
  created_us BIGINT NOT NULL,
  ended_us BIGINT
);

-- Keys for the TAXII and REST surfaces. Only a hash of the secret is kept. scope: taxii or metrics.
-- local
CREATE TABLE credential (
  credential TEXT NOT NULL PRIMARY KEY,
  login TEXT NOT NULL UNIQUE,
  secret BLOB NOT NULL,
  scope TEXT NOT NULL,
  member TEXT NOT NULL,
  audience BIGINT NOT NULL,
  created_us BIGINT NOT NULL,
  expires_us BIGINT NOT NULL,
  revoked_us BIGINT
);
-- local
CREATE TABLE permission (
  credential TEXT NOT NULL,
  collection TEXT NOT NULL,
  can_read BIGINT NOT NULL,
  can_write BIGINT NOT NULL,
  PRIMARY KEY (credential, collection)
);

-- Nodes we pull from. secret is sealed with the node secret.
-- local
CREATE TABLE peer (
  name TEXT NOT NULL PRIMARY KEY,
  url TEXT NOT NULL,
  member TEXT NOT NULL,
  login TEXT NOT NULL,
  sealed BLOB NOT NULL,
  authority TEXT NOT NULL,
  created_us BIGINT NOT NULL
);
-- How far each of their collections was read. refused_after is where the first page began of which something was
-- refused, under the epoch refused_epoch: under another epoch reading begins there again.
-- local
CREATE TABLE cursor (
  peer TEXT NOT NULL,
  remote TEXT NOT NULL,
  collection TEXT NOT NULL,
  added_after TEXT NOT NULL,
  refused_after TEXT,
  refused_epoch BIGINT,
  failures BIGINT NOT NULL,
  retry_us BIGINT NOT NULL,
  pulled_us BIGINT NOT NULL,
  PRIMARY KEY (peer, remote, collection)
);
-- What a peer sent that we could not take, and why.
-- local
CREATE TABLE refusal (
  peer TEXT NOT NULL,
  remote TEXT NOT NULL,
  collection TEXT NOT NULL,
  digest BLOB NOT NULL,
  id TEXT NOT NULL,
  reason TEXT NOT NULL,
  at_us BIGINT NOT NULL,
  PRIMARY KEY (peer, remote, collection, digest)
);

-- Status of a POST, as TAXII's status resource.
-- local
CREATE TABLE status (
  status TEXT NOT NULL PRIMARY KEY,
  credential TEXT NOT NULL,
  body TEXT NOT NULL,
  at_us BIGINT NOT NULL
);

-- Actions that wait for a second person.
-- local
CREATE TABLE proposal (
  proposal TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  body TEXT NOT NULL,
  reason TEXT NOT NULL,
  actor TEXT NOT NULL,
  created_us BIGINT NOT NULL,
  decided_by TEXT,
  decided_us BIGINT
);
