-- References to records that not everybody may see.

-- Whether a record names others for which it is asked who may see them: for most pages nothing more has to be read.
ALTER TABLE record ADD COLUMN names BIGINT NOT NULL DEFAULT 0;
UPDATE record SET names = 1 WHERE EXISTS (SELECT 1 FROM reference f WHERE f.collection = record.collection
  AND f.seq = record.seq AND f.path <> 'created_by_ref' AND f.target NOT LIKE 'marking-definition--%'
  AND f.target NOT LIKE 'extension-definition--%');

-- What an audience was given less of, and for which target: once that one may be seen, the record is shown again.
-- distributed
CREATE TABLE withheld (
  collection TEXT NOT NULL,
  audience BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  target TEXT NOT NULL,
  PRIMARY KEY (collection, audience, seq, target)
);
CREATE INDEX withheld_target ON withheld (target);
CREATE INDEX withheld_record ON withheld (collection, seq);
