-- The life of a record at this node: how its own people grade it, what they decide about it, what they note on it.

-- How this member grades a record of another. The newest row of a record holds; the older ones stay.
-- distributed
CREATE TABLE grade (
  collection TEXT NOT NULL,
  seq BIGINT NOT NULL,
  n BIGINT NOT NULL,
  scale TEXT NOT NULL,
  source TEXT NOT NULL,
  information TEXT NOT NULL,
  reason TEXT NOT NULL,
  actor TEXT NOT NULL,
  at_us BIGINT NOT NULL,
  PRIMARY KEY (collection, seq, n)
);

-- What people decided about two records: the same person or group, or not. low and high are STIX ids, low before
-- high. A decision that was undone stays, with who undid it.
-- local
CREATE TABLE sameness (
  low TEXT NOT NULL,
  high TEXT NOT NULL,
  n BIGINT NOT NULL,
  same BIGINT NOT NULL,
  reason TEXT NOT NULL,
  actor TEXT NOT NULL,
  at_us BIGINT NOT NULL,
  undone_by TEXT,
  undone_reason TEXT,
  undone_us BIGINT,
  PRIMARY KEY (low, high, n)
);
CREATE INDEX sameness_high ON sameness (high, low);

-- Notes of this member's own people on a record. No page, no export and no peer gets them.
-- local
CREATE TABLE remark (
  remark TEXT NOT NULL PRIMARY KEY,
  collection TEXT NOT NULL,
  seq BIGINT NOT NULL,
  id TEXT NOT NULL,
  body TEXT NOT NULL,
  actor TEXT NOT NULL,
  at_us BIGINT NOT NULL
);
CREATE INDEX remark_id ON remark (id);
CREATE INDEX remark_record ON remark (collection, seq);

-- Vocabularies, criteria and other records that are found by their name.
CREATE INDEX record_name ON record (kind, name);
