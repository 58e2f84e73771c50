-- The governance of records: clocks, tombstones, allegations, requests for consent, reasons.

-- When a record is to be reviewed: review_us as its originator states, cap_us where this node ends it earlier; due_us is
-- the earlier of both. Gone with the content of the record.
-- distributed
CREATE TABLE review (
  collection TEXT NOT NULL,
  seq BIGINT NOT NULL,
  review_us BIGINT,
  cap_us BIGINT,
  due_us BIGINT NOT NULL,
  PRIMARY KEY (collection, seq)
);
CREATE INDEX review_due ON review (due_us);

-- Each time that somebody kept a record of this member's beyond its review date, with the reason.
-- distributed
CREATE TABLE extension (
  collection TEXT NOT NULL,
  seq BIGINT NOT NULL,
  n BIGINT NOT NULL,
  from_us BIGINT NOT NULL,
  until_us BIGINT NOT NULL,
  reason TEXT NOT NULL,
  actor TEXT NOT NULL,
  at_us BIGINT NOT NULL,
  PRIMARY KEY (collection, seq, n)
);

-- Personal data that came without purpose or legal basis. agreed is the word of the provider, once accepted.
-- distributed
CREATE TABLE triage (
  collection TEXT NOT NULL,
  seq BIGINT NOT NULL,
  taken_us BIGINT NOT NULL,
  agreed TEXT,
  actor TEXT,
  accepted_us BIGINT,
  PRIMARY KEY (collection, seq)
);
CREATE INDEX triage_taken ON triage (taken_us);

-- What is left of an erased record, so that a copy does not come back. scope: version (this one), object (no version
-- that is not newer), future (no version ever). marker is its commitment in the ledger, whose salt is gone.
-- distributed
CREATE TABLE tombstone (
  collection TEXT NOT NULL,
  origin TEXT NOT NULL,
  id TEXT NOT NULL,
  version_us BIGINT NOT NULL,
  version TEXT NOT NULL,
  digest BLOB NOT NULL,
  marker BLOB,
  scope TEXT NOT NULL,
  reason TEXT NOT NULL,
  authority TEXT NOT NULL,
  at_us BIGINT NOT NULL,
  PRIMARY KEY (collection, origin, id, version, digest)
);
CREATE INDEX tombstone_id ON tombstone (id);

-- A member's note that alleges ill-treatment in the way that the object `target` was obtained. seq is the note's own.
-- distributed
CREATE TABLE allegation (
  collection TEXT NOT NULL,
  seq BIGINT NOT NULL,
  target TEXT NOT NULL,
  note TEXT NOT NULL,
  member TEXT NOT NULL,
  at_us BIGINT NOT NULL,
  lifted_us BIGINT,
  lifted_by TEXT,
  reason TEXT,
  PRIMARY KEY (collection, seq, target)
);
CREATE INDEX allegation_target ON allegation (target);

-- Requests to use a record for a purpose that its originator did not set, made here or come here as a note.
-- distributed
CREATE TABLE consent (
  collection TEXT NOT NULL,
  seq BIGINT NOT NULL,
  note TEXT NOT NULL,
  target TEXT NOT NULL,
  purpose TEXT NOT NULL,
  member TEXT NOT NULL,
  reason TEXT NOT NULL,
  state TEXT NOT NULL,
  at_us BIGINT NOT NULL,
  actor TEXT NOT NULL,
  answered_by TEXT,
  answered_us BIGINT,
  PRIMARY KEY (collection, seq)
);
CREATE INDEX consent_note ON consent (note);

-- Wording that names a community as such and was kept, with the reason that was given.
-- distributed
CREATE TABLE wording (
  collection TEXT NOT NULL,
  seq BIGINT NOT NULL,
  place TEXT NOT NULL,
  words TEXT NOT NULL,
  reason TEXT NOT NULL,
  actor TEXT NOT NULL,
  at_us BIGINT NOT NULL,
  PRIMARY KEY (collection, seq, place)
);

-- Why the second person approved, where a reason is asked for.
ALTER TABLE proposal ADD COLUMN answer TEXT;
