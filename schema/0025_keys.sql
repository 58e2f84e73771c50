-- What changed about member keys without the agreement, and the signatures under agreements.

-- Changes, numbered from 1. kind: followed (another key took the place of this one; body is the statement that both signed),
-- stolen (somebody else has this key since since_us; body is empty). key: its short name. mark: digest over this change and
-- all before it, by which the whole list is told apart.
-- local
CREATE TABLE key_change (
  n BIGINT NOT NULL PRIMARY KEY,
  member TEXT NOT NULL,
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  body TEXT NOT NULL,
  since_us BIGINT NOT NULL,
  at_us BIGINT NOT NULL,
  mark BLOB NOT NULL
);
CREATE UNIQUE INDEX key_change_key ON key_change (member, kind, key);
-- Signatures under agreements. agreement: digest of the text; body: the signature as it was made.
-- local
CREATE TABLE agreement_signature (
  agreement BLOB NOT NULL,
  signer TEXT NOT NULL,
  body TEXT NOT NULL,
  at_us BIGINT NOT NULL,
  PRIMARY KEY (agreement, signer)
);
-- Version of the agreement in force at the node of the member, and since when it is not the one in force here; 0 for both when
-- nothing is known, or when they are the same.
ALTER TABLE mailbox ADD COLUMN agreement_version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE mailbox ADD COLUMN differs_us BIGINT NOT NULL DEFAULT 0;
