-- The search: derived from the records, filled in the transaction that writes one, and rebuilt by reindex. A backup
-- leaves what is marked as derived out. And the consultations, which are no derived thing.

-- The terms of a record. SQLite keeps them in the full-text table below, under the number doc; PostgreSQL keeps them
-- in a column of this table, and doc is 0.
-- derived
-- distributed
CREATE TABLE document (
  collection TEXT NOT NULL,
  seq BIGINT NOT NULL,
  doc BIGINT NOT NULL,
  PRIMARY KEY (collection, seq)
);
-- only sqlite
CREATE INDEX document_doc ON document (doc);
-- Terms joined by blanks; positions and the text itself are not kept.
-- only sqlite
CREATE VIRTUAL TABLE word USING fts5 (terms, content = '', contentless_delete = 1, detail = 'none', tokenize = 'ascii');
-- only postgres
ALTER TABLE document ADD COLUMN terms TSVECTOR NOT NULL;
-- only postgres
CREATE INDEX document_terms ON document USING gin (terms);

-- The keys of the names of a record; n is the number of the name in the record, from 0.
-- derived
-- distributed
CREATE TABLE name_key (
  collection TEXT NOT NULL,
  seq BIGINT NOT NULL,
  n BIGINT NOT NULL,
  key TEXT NOT NULL,
  PRIMARY KEY (collection, seq, n, key)
);
CREATE INDEX name_key_key ON name_key (key, collection, seq, n);

-- What a record is filtered by: kind, category, country, first and last day of its matter, numbers, and the
-- nationality that a document states.
-- derived
-- distributed
CREATE TABLE facet (
  collection TEXT NOT NULL,
  seq BIGINT NOT NULL,
  field TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (collection, seq, field, value)
);
CREATE INDEX facet_value ON facet (field, value, collection, seq);

-- Each search of a user, with its purpose. The query is sealed with the node secret; its salted hash is in the ledger.
-- local
CREATE TABLE consultation (
  consultation TEXT NOT NULL PRIMARY KEY,
  actor TEXT NOT NULL,
  purpose TEXT NOT NULL,
  reason TEXT NOT NULL,
  asked BLOB NOT NULL,
  salt BLOB NOT NULL,
  hits BIGINT NOT NULL,
  leaf BIGINT NOT NULL,
  at_us BIGINT NOT NULL
);
CREATE INDEX consultation_at ON consultation (at_us);
