-- Proposals that a second person refused, or that their proposer took back. decided_by says who, answer why.
ALTER TABLE proposal ADD COLUMN refused BIGINT NOT NULL DEFAULT 0;
