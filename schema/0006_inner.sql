-- Readers' groups inside this node's own member. They are its own business: no agreement names them and no peer sees them.
-- The columns hold their names, separated by blanks, in the order of the alphabet.
-- local
CREATE TABLE inner_group (
  name TEXT NOT NULL PRIMARY KEY,
  created_us BIGINT NOT NULL
);
ALTER TABLE person ADD COLUMN inner_groups TEXT NOT NULL DEFAULT '';
-- In which groups whoever asked was then: who is in fewer does not see what was asked.
ALTER TABLE consultation ADD COLUMN inner_groups TEXT NOT NULL DEFAULT '';

-- An audience is a member in one context of use, and for this node's own member also in some of these groups. The key of
-- the table has to know them, so it is made anew.
-- reference
CREATE TABLE audience_before (
  audience BIGINT NOT NULL PRIMARY KEY,
  member TEXT NOT NULL,
  purpose TEXT NOT NULL,
  basis TEXT NOT NULL
);
INSERT INTO audience_before (audience, member, purpose, basis) SELECT audience, member, purpose, basis FROM audience;
DROP TABLE audience;
-- reference
CREATE TABLE audience (
  audience BIGINT NOT NULL PRIMARY KEY,
  member TEXT NOT NULL,
  purpose TEXT NOT NULL,
  basis TEXT NOT NULL,
  inner_groups TEXT NOT NULL,
  UNIQUE (member, purpose, basis, inner_groups)
);
INSERT INTO audience (audience, member, purpose, basis, inner_groups)
  SELECT audience, member, purpose, basis, '' FROM audience_before;
DROP TABLE audience_before;
