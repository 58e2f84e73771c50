-- Questions whether a record may be passed on to a third member, and their answers.

-- Questions that were asked here or came here, under the digest of the signed message, which is in `message` with its
-- words. role: asked (here), decides (the answer is this node's), told (the record went from here to who asks).
-- state: open, yes, no. answer: digest of the signed answer.
-- local
CREATE TABLE onward (
  message BLOB NOT NULL PRIMARY KEY,
  role TEXT NOT NULL,
  asker TEXT NOT NULL,
  decides TEXT NOT NULL,
  third TEXT NOT NULL,
  id TEXT NOT NULL,
  state TEXT NOT NULL,
  answer BLOB,
  due_us BIGINT NOT NULL,
  at_us BIGINT NOT NULL,
  answered_us BIGINT
);
CREATE INDEX onward_asker ON onward (asker, at_us);
