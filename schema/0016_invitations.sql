-- How other members come in: invitations, and keys that work from one node only.

-- Who was asked into the community. secret: SHA-256 of the token. terms: what was offered, as JSON. actor: who invited.
-- state: open, waiting (for a second person to approve the agreement), joined, revoked. member and public_key: who
-- answered. proposal: the one that waits. credential: the key that it got.
-- local
CREATE TABLE invitation (
  invitation TEXT NOT NULL PRIMARY KEY,
  secret BLOB NOT NULL,
  name TEXT NOT NULL,
  terms TEXT NOT NULL,
  actor TEXT NOT NULL,
  state TEXT NOT NULL,
  member TEXT,
  public_key TEXT,
  proposal TEXT,
  credential TEXT,
  made_us BIGINT NOT NULL,
  expires_us BIGINT NOT NULL
);
CREATE UNIQUE INDEX invitation_secret ON invitation (secret);
-- Whether the key works only over a connection that shows a certificate of its member's key note.
ALTER TABLE credential ADD COLUMN bound BIGINT NOT NULL DEFAULT 0;
-- How TLS to the peer is checked: '' by an authority; shown: by an authority, and this node shows its own certificate;
-- pinned: by the key note of its member, and this node shows its own.
ALTER TABLE peer ADD COLUMN trust TEXT NOT NULL DEFAULT '';
-- Number of the key note of this node that the node of the member said to have; 0 for none.
ALTER TABLE ledger_peer ADD COLUMN noted BIGINT NOT NULL DEFAULT 0;
