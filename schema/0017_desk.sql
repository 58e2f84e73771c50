-- How people of this node sign in with a browser. A copy of the database takes no visit, link or attempt along.

-- password: Argon2id under the node's own secret; cost as m,t,p. totp: the shared secret, sealed; none without a second
-- factor. totp_step: the last step that was used, so that a code counts once.
-- local
CREATE TABLE login (
  name TEXT NOT NULL PRIMARY KEY,
  password BLOB NOT NULL,
  salt BLOB NOT NULL,
  cost TEXT NOT NULL,
  totp BLOB,
  totp_step BIGINT NOT NULL,
  set_us BIGINT NOT NULL
);
-- Codes for who lost the second factor: keyed hashes, each good once.
-- local
CREATE TABLE recovery (
  name TEXT NOT NULL,
  code BLOB NOT NULL,
  used_us BIGINT,
  PRIMARY KEY (name, code)
);
-- One-time links. token: SHA-256. made_by: the user who made it, or the node.
-- local
-- fleeting
CREATE TABLE link (
  token BLOB NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  made_by TEXT NOT NULL,
  ends_us BIGINT NOT NULL,
  used_us BIGINT
);
CREATE INDEX link_name ON link (name);
-- Signed-in browsers. visit: SHA-256 of the cookie. stage: second-factor, enrol, signed. tries: wrong codes at the
-- second factor. acting: roles, separated by blanks. offered: a secret for codes that is not confirmed yet, sealed.
-- stepped_us: when the person last proved again who it is.
-- local
-- fleeting
CREATE TABLE visit (
  visit BLOB NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  stage TEXT NOT NULL,
  tries BIGINT NOT NULL,
  acting TEXT NOT NULL,
  offered BLOB,
  seen_us BIGINT NOT NULL,
  ends_us BIGINT NOT NULL,
  stepped_us BIGINT NOT NULL
);
CREATE INDEX visit_name ON visit (name);
-- Attempts that failed, for names that exist and for those that do not: subject is a keyed hash of the name.
-- local
-- fleeting
CREATE TABLE attempt (
  subject BLOB NOT NULL PRIMARY KEY,
  failures BIGINT NOT NULL,
  next_us BIGINT NOT NULL,
  at_us BIGINT NOT NULL
);
CREATE INDEX attempt_at ON attempt (at_us);
