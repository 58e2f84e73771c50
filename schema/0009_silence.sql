-- A record that one audience is shown once more, at an added-time of its own, because it lost a newer version. Others
-- are not told: they never saw the newer one.
-- distributed
CREATE TABLE reshown (
  collection TEXT NOT NULL,
  audience BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  at_us BIGINT NOT NULL,
  PRIMARY KEY (collection, audience, seq)
);
CREATE INDEX reshown_at ON reshown (collection, audience, at_us);
