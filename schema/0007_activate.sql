-- The activation of local policies.

-- Each time that local policies and invariants were brought into force: the epoch that began with it, the community's own
-- invariants (JSON), the signed proof and its SHA-256, by what it was proved, and why. The newest row names the invariants
-- that are kept.
-- reference
CREATE TABLE activation (
  epoch BIGINT NOT NULL PRIMARY KEY,
  invariants TEXT NOT NULL,
  proof TEXT NOT NULL,
  digest BLOB NOT NULL,
  solver TEXT NOT NULL,
  reason TEXT NOT NULL
);
