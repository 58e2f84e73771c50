-- The records that are not live, or have parts marked apart: few, and so all the others are counted by shelf from the
-- indexes alone.
CREATE INDEX record_odd ON record (collection, handling, state, parts) WHERE state <> 'live' OR parts <> '';
-- Whether anything of an originator ever went to a member.
CREATE INDEX delivery_audience ON delivery (audience, collection, seq);
