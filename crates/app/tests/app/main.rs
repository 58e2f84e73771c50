//! The use cases as their callers meet them, on virtual time.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::too_many_lines,
    reason = "a test says by a panic that something is wrong, and tells one story from start to end"
)]

mod activate;
mod acts;
mod adopted;
mod asked;
mod backup;
mod beside;
mod browse;
mod catchup;
mod change;
mod corrections;
mod council;
mod council_hostile;
mod council_whole;
mod counts;
mod courier;
mod courier_late;
mod danger;
mod dangling;
mod dates;
mod decisions;
mod demo;
mod desk;
mod doors;
mod erased;
mod exchange;
mod fake;
mod figure;
mod figure_inward;
mod foresee;
mod govern;
mod grades;
mod guards;
mod history;
mod hosted;
mod hostile;
mod intake;
mod invariants;
mod join;
mod join_keys;
mod keys;
mod kinds;
mod labels;
mod languages;
mod late;
mod limits;
mod lists;
mod marked;
mod measures;
mod misp;
mod observers;
mod onward;
mod paper;
mod papers;
mod passed_over;
mod preview;
mod proposed;
mod raw;
mod recall;
mod recall_floods;
mod recall_hops;
mod recall_hostile;
mod recall_many;
mod recall_stops;
mod recall_table;
mod recall_waiting;
mod receipts;
mod records;
mod release;
mod replay;
mod rotate;
mod rotate_cut;
mod same;
mod scratch;
mod seams;
mod search;
mod second;
mod sessions;
mod sharing;
mod silence;
mod source;
mod trail;
mod two;
mod verdicts;
mod versions;
mod visit;
mod web;
mod whole;
mod witness;
