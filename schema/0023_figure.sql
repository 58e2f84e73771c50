-- Figures that this node's member counted: what was asked, and which records were counted, under which bytes.

-- One run of a figure. asked: the question in JSON. value: the exact number, which the record may keep back. root: over
-- commitments to the digests, each made with the salt. shown: digest of what the record says about the run.
-- local
CREATE TABLE figure_run (
  figure TEXT NOT NULL,
  n BIGINT NOT NULL,
  version TEXT NOT NULL,
  asked TEXT NOT NULL,
  value TEXT NOT NULL,
  personal BIGINT NOT NULL,
  salt BLOB NOT NULL,
  root BLOB NOT NULL,
  shown BLOB NOT NULL,
  actor TEXT NOT NULL,
  at_us BIGINT NOT NULL,
  PRIMARY KEY (figure, n)
);
CREATE INDEX figure_run_root ON figure_run (root);
-- What a run counted: the record, the digest of its whole object then, and what it added. id and digest are empty when the
-- record was erased.
-- local
CREATE TABLE figure_counted (
  figure TEXT NOT NULL,
  n BIGINT NOT NULL,
  collection TEXT NOT NULL,
  seq BIGINT NOT NULL,
  id TEXT NOT NULL,
  digest BLOB NOT NULL,
  share TEXT NOT NULL,
  PRIMARY KEY (figure, n, collection, seq)
);
CREATE INDEX figure_counted_record ON figure_counted (collection, seq);
-- What a run left out, and why, in numbers. reason: a word of a closed list.
-- local
CREATE TABLE figure_left (
  figure TEXT NOT NULL,
  n BIGINT NOT NULL,
  reason TEXT NOT NULL,
  count BIGINT NOT NULL,
  PRIMARY KEY (figure, n, reason)
);
