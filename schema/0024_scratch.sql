-- What people have begun to write and not kept yet.

-- sealed: the form as it stands, sealed for its owner under the node's own secret. It ends with the account of its owner,
-- and two weeks after it was last changed.
-- local
-- fleeting
CREATE TABLE scratch (
  owner TEXT NOT NULL,
  scratch TEXT NOT NULL,
  sealed BLOB NOT NULL,
  at_us BIGINT NOT NULL,
  PRIMARY KEY (owner, scratch)
);
CREATE INDEX scratch_at ON scratch (at_us);
