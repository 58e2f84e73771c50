-- How many records there are, by what lists are filtered by, so that a million of them is counted by reading a few
-- rows. Derived from the records in the transaction that changes one; reindex builds them again.

-- Of each object the versions that a list shows, by handling and state. field: empty for all of them (value is empty
-- too), a field of `facet`, `word` for what the kind is called in a list, or WORD/FIELD for the values of
-- a field in the records with one word alone.
-- derived
-- distributed
CREATE TABLE counter (
  collection TEXT NOT NULL,
  field TEXT NOT NULL,
  handling BLOB NOT NULL,
  value TEXT NOT NULL,
  state TEXT NOT NULL,
  n BIGINT NOT NULL,
  PRIMARY KEY (collection, field, handling, value, state)
);
CREATE INDEX counter_value ON counter (collection, field, value, handling, state, n);
-- The same over all handlings: who finds most of them subtracts the others.
-- derived
-- distributed
CREATE TABLE counter_total (
  collection TEXT NOT NULL,
  field TEXT NOT NULL,
  value TEXT NOT NULL,
  state TEXT NOT NULL,
  n BIGINT NOT NULL,
  PRIMARY KEY (collection, field, value, state)
);
-- Which records are counted, and as what. behind: 1 when it is not counted, since a newer version stands before it
-- that a readers' group can hide; then somebody else may find this one.
-- derived
-- distributed
CREATE TABLE counted (
  collection TEXT NOT NULL,
  seq BIGINT NOT NULL,
  handling BLOB NOT NULL,
  state TEXT NOT NULL,
  behind BIGINT NOT NULL,
  PRIMARY KEY (collection, seq)
);
CREATE INDEX counted_behind ON counted (collection, seq) WHERE behind = 1;
