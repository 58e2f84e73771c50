-- The open shelves of an audience are read along this index and merged; the rows themselves are not touched for it.
-- All that the merge asks for is in it. It is whole: the engine would walk along an index of live records alone
-- wherever live records are asked for.
CREATE INDEX record_shelf ON record (collection, handling, added_us, ord, seq, state);
-- The few records of a shelf that have parts marked apart: they are shown again when somebody may see more of them.
CREATE INDEX record_parts ON record (collection, handling, ord) WHERE parts <> '';
