//! The help of every command, and first steps and mistakes as typed. `TRYCMD=overwrite` rewrites the expectations.

/// Runs what the files under `tests/cmd` type and compares every byte that is printed.
#[test]
fn the_command_line_says_what_the_files_say() {
    trycmd::TestCases::new().env("COMITY_HOME", "").env("COLUMNS", "100").case("tests/cmd/*.trycmd").run();
}
