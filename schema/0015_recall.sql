-- Recalls and what became of them: what they name, who told of them, who holds what they name; and disputes.

-- Recalls, made here or come here, under the digest of the signed message, which is in `message`. The id is the
-- speaker's and may be taken twice. says: originator, host, delegate. state: in-force, superseded.
-- local
CREATE TABLE recall (
  message BLOB NOT NULL PRIMARY KEY,
  id TEXT NOT NULL,
  origin TEXT NOT NULL,
  signer TEXT NOT NULL,
  says TEXT NOT NULL,
  number BIGINT NOT NULL,
  scope TEXT NOT NULL,
  reason TEXT NOT NULL,
  obligation TEXT,
  supersedes BLOB,
  cascade BIGINT NOT NULL,
  state TEXT NOT NULL,
  said_us BIGINT NOT NULL,
  deadline_us BIGINT NOT NULL,
  at_us BIGINT NOT NULL
);
CREATE INDEX recall_id ON recall (id);
CREATE INDEX recall_signer ON recall (signer, number);
CREATE INDEX recall_supersedes ON recall (supersedes);
-- The versions that a recall names, numbered as it does. state: what became of it here, empty while it is not here;
-- set-aside, purged, held, refused, corrected, narrowed, lifted. reason: the code of who refused or holds it.
-- local
CREATE TABLE recall_target (
  message BLOB NOT NULL,
  n BIGINT NOT NULL,
  id TEXT NOT NULL,
  version_us BIGINT NOT NULL,
  version TEXT NOT NULL,
  object BLOB NOT NULL,
  revision BIGINT,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  actor TEXT NOT NULL,
  at_us BIGINT NOT NULL,
  PRIMARY KEY (message, n)
);
CREATE INDEX recall_target_id ON recall_target (id);
CREATE INDEX recall_target_object ON recall_target (object);
-- Who told this node of a recall, in that order: each gets the answers, the first one also what became of it beyond.
-- local
CREATE TABLE recall_teller (
  message BLOB NOT NULL,
  n BIGINT NOT NULL,
  member TEXT NOT NULL,
  PRIMARY KEY (message, n)
);
CREATE UNIQUE INDEX recall_teller_once ON recall_teller (member, message);
-- To whom this node gave what is recalled. answer_*: the answer that counts. reason: why it was closed.
-- local
CREATE TABLE recall_holder (
  message BLOB NOT NULL,
  member TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  targets BIGINT NOT NULL,
  due_us BIGINT NOT NULL,
  told_us BIGINT,
  answer BLOB,
  answer_us BIGINT,
  answer_leaf BIGINT,
  onward_told BIGINT NOT NULL,
  onward_open BIGINT NOT NULL,
  escalated_us BIGINT,
  closed_by TEXT,
  PRIMARY KEY (message, member)
);
CREATE INDEX recall_holder_member ON recall_holder (member);
CREATE INDEX recall_holder_due ON recall_holder (state, due_us);
-- What members say is wrong with records of others, under the digest of the signed message. own: said here.
-- state: open, closed.
-- local
CREATE TABLE dispute (
  message BLOB NOT NULL PRIMARY KEY,
  member TEXT NOT NULL,
  id TEXT NOT NULL,
  version_us BIGINT NOT NULL,
  object BLOB NOT NULL,
  reason TEXT NOT NULL,
  own BIGINT NOT NULL,
  state TEXT NOT NULL,
  at_us BIGINT NOT NULL
);
CREATE INDEX dispute_id ON dispute (id);
