-- What members signed about what they got.

-- The last word of a member about something that was served to it: reason is empty when it has it, else the code of why
-- it was not taken. message is the digest of the signed message that says so, at_us its time.
-- local
CREATE TABLE receipt (
  member TEXT NOT NULL,
  served BLOB NOT NULL,
  reason TEXT NOT NULL,
  message BLOB NOT NULL,
  at_us BIGINT NOT NULL,
  PRIMARY KEY (member, served)
);
-- Whether something was served to a member at all is asked for each receipt.
CREATE INDEX delivery_served ON delivery (served, audience);
