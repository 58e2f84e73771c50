-- What goes to members without a network on a medium, and what came so.

-- The bundles that were made for each member, numbered for it. cursors: how far the records go that it and those before it
-- hold, as JSON. begun_us to at_us: when it was made. acknowledged_us: when the member said that it has it. lost: nobody
-- counts on it any more, and the next one begins where one before it ended.
-- local
CREATE TABLE courier_out (
  member TEXT NOT NULL,
  n BIGINT NOT NULL,
  digest BLOB NOT NULL,
  cursors TEXT NOT NULL,
  begun_us BIGINT NOT NULL,
  at_us BIGINT NOT NULL,
  expires_us BIGINT NOT NULL,
  acknowledged_us BIGINT,
  lost BIGINT NOT NULL,
  PRIMARY KEY (member, n)
);
-- The bundles that came. state: opening (pages says how many of its pages are here), waiting (for an earlier one, waits_for),
-- taken.
-- local
CREATE TABLE courier_in (
  member TEXT NOT NULL,
  n BIGINT NOT NULL,
  digest BLOB NOT NULL,
  state TEXT NOT NULL,
  pages BIGINT NOT NULL,
  waits_for BIGINT NOT NULL,
  at_us BIGINT NOT NULL,
  PRIMARY KEY (member, n)
);
-- What a member said in its newest bundle. numbered: the highest number of a bundle of this node that it named; recalls:
-- digest of the recalls that it knows.
-- local
CREATE TABLE courier_peer (
  member TEXT NOT NULL PRIMARY KEY,
  numbered BIGINT NOT NULL,
  recalls BLOB
);
-- Whether the last word of the member came on a medium: then it says nothing about its clock.
ALTER TABLE mailbox ADD COLUMN carried BIGINT NOT NULL DEFAULT 0;
