-- Why a version of a record of one's own was made: the words of whoever made it, which the ledger never holds. The leaf
-- of the change commits to them with the salt of the record.
-- distributed
CREATE TABLE change (
  collection TEXT NOT NULL,
  seq BIGINT NOT NULL,
  actor TEXT NOT NULL,
  reason TEXT NOT NULL,
  at_us BIGINT NOT NULL,
  PRIMARY KEY (collection, seq)
);
