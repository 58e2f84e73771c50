-- Signed messages between members, and how far each pair of nodes is with what they have to say to each other.

-- Every signed message that was made here or came here, once, under the SHA-256 of its canonical form, which is body.
-- state: own (made here), taken, waiting (its key is not known yet, or it is dated ahead of this clock), refused.
-- local
CREATE TABLE message (
  digest BLOB NOT NULL PRIMARY KEY,
  signer TEXT NOT NULL,
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  body TEXT NOT NULL,
  via TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  at_us BIGINT NOT NULL
);
CREATE INDEX message_id ON message (signer, id);
CREATE INDEX message_waiting ON message (via, at_us) WHERE state = 'waiting';
-- What goes to a member, numbered for it from 1. Rows stay: a member that lost what it had asks for them again.
-- local
CREATE TABLE outbox (
  member TEXT NOT NULL,
  n BIGINT NOT NULL,
  digest BLOB NOT NULL,
  at_us BIGINT NOT NULL,
  PRIMARY KEY (member, n)
);
CREATE UNIQUE INDEX outbox_once ON outbox (member, digest);
-- How far each side is: have_* is the last of theirs that is here, told_n the last of ours that they have.
-- local
CREATE TABLE mailbox (
  member TEXT NOT NULL PRIMARY KEY,
  have_n BIGINT NOT NULL,
  have_digest BLOB,
  told_n BIGINT NOT NULL,
  met_us BIGINT NOT NULL,
  agreement BLOB,
  program TEXT NOT NULL,
  ahead_us BIGINT NOT NULL,
  fault TEXT NOT NULL
);
