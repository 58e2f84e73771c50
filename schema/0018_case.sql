-- What the screens of this node's people need.

-- A search is made for a case; its reference stands beside the purpose, where one was given.
ALTER TABLE consultation ADD COLUMN case_ref TEXT NOT NULL DEFAULT '';
-- What somebody put away in the inbox.
-- local
CREATE TABLE put_away (
  owner TEXT NOT NULL,
  item TEXT NOT NULL,
  at_us BIGINT NOT NULL,
  PRIMARY KEY (owner, item)
);
-- Drafts and what else is not in use are few among many: lists of them do not walk through all.
CREATE INDEX record_aside ON record (collection, state, seq) WHERE state <> 'live';
-- What members did not take is little among what they took.
CREATE INDEX receipt_refused ON receipt (at_us) WHERE reason <> '';
