-- What members witness of each other's ledgers.

-- The newest key note of each member, this node's own among them. log: the name of the ledger that it names.
-- local
CREATE TABLE keynote (
  member TEXT NOT NULL PRIMARY KEY,
  number BIGINT NOT NULL,
  log TEXT NOT NULL,
  body TEXT NOT NULL,
  at_us BIGINT NOT NULL
);
-- How the node of a member stands with this one about ledgers. known: the size of this ledger that it has seen last;
-- asked: sizes from which it wants proofs, as JSON; fault: what was wrong with what it said; says: what it finds wrong
-- with what this node said.
-- local
CREATE TABLE ledger_peer (
  member TEXT NOT NULL PRIMARY KEY,
  known BIGINT NOT NULL,
  asked TEXT NOT NULL,
  fault TEXT NOT NULL,
  says TEXT NOT NULL
);
-- Checkpoints of others' ledgers under which this node put its signature, with it: the last one of each hour.
-- local
CREATE TABLE witnessed (
  log TEXT NOT NULL,
  size BIGINT NOT NULL,
  root BLOB NOT NULL,
  note TEXT NOT NULL,
  at_us BIGINT NOT NULL,
  PRIMARY KEY (log, size)
);
-- Checkpoints of others' ledgers that third members have seen. proved: whether the ledger showed that it extends them;
-- asked: how often it was asked for that in vain.
-- local
CREATE TABLE seen (
  log TEXT NOT NULL,
  size BIGINT NOT NULL,
  root BLOB NOT NULL,
  note TEXT NOT NULL,
  via TEXT NOT NULL,
  proved BIGINT NOT NULL,
  asked BIGINT NOT NULL,
  at_us BIGINT NOT NULL,
  PRIMARY KEY (log, size)
);
-- Signature lines of others under checkpoints of this node's ledger: the last one of each hour and member.
-- local
CREATE TABLE cosignature (
  log TEXT NOT NULL,
  size BIGINT NOT NULL,
  member TEXT NOT NULL,
  line TEXT NOT NULL,
  at_us BIGINT NOT NULL,
  PRIMARY KEY (log, size, member)
);
-- Two signed checkpoints of one ledger that do not go together. kind: split-view, rolled-back. state: suspected, open,
-- cleared.
-- local
CREATE TABLE evidence (
  evidence TEXT NOT NULL PRIMARY KEY,
  log TEXT NOT NULL,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  known TEXT NOT NULL,
  shown TEXT NOT NULL,
  at_us BIGINT NOT NULL
);
CREATE INDEX evidence_log ON evidence (log, state);
