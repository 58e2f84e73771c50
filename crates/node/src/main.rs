//! The binary `comity`: reads the command line, runs the command, and ends with its exit code.

mod cli;
mod commands;
mod demo;
mod failure;
mod input;
mod output;
mod progress;
mod serve;
mod telemetry;

use std::io::Write as _;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser as _};

use cli::Cli;
use failure::{Failure, USAGE};

fn main() -> ExitCode {
    let ended = match Cli::try_parse() {
        Ok(cli) => commands::run(cli),
        Err(error) => explain_usage(&error),
    };
    match ended {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            // There is nowhere left to say that standard error is closed.
            let _ = writeln!(std::io::stderr(), "{failure}");
            ExitCode::from(failure.code)
        }
    }
}

/// Prints help and version as clap does; makes one line of every complaint.
fn explain_usage(error: &clap::Error) -> Result<u8, Failure> {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let _ = error.print();
            Ok(0)
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = error.print();
            Ok(USAGE)
        }
        _ => {
            let words: Vec<String> =
                std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
            Err(Failure::usage(usage_line(&error.render().to_string(), &words)))
        }
    }
}

/// `what is wrong; try 'comity COMMAND --help'` from the several lines that clap makes.
fn usage_line(rendered: &str, words: &[String]) -> String {
    let (complaint, _) = rendered.split_once("\nUsage: ").unwrap_or((rendered, ""));
    let complaint: Vec<&str> = complaint
        .trim_start_matches("error: ")
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("For more information"))
        .collect();
    format!("{}; try '{} --help'", complaint.join(" "), command_of(words))
}

/// The command that the words name, as far as they name one.
fn command_of(words: &[String]) -> String {
    let root = Cli::command();
    let (mut at, mut path) = (&root, "comity".to_owned());
    for word in words {
        if let Some(next) = at.find_subcommand(word) {
            path = format!("{path} {word}");
            at = next;
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(words: &[&str]) -> String {
        let rendered = Cli::try_parse_from([&["comity"], words].concat()).unwrap_err().render().to_string();
        usage_line(&rendered, &words.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn a_usage_error_is_one_line_that_names_the_command_and_the_choices() {
        assert_eq!(
            complaint(&["import"]),
            "the following required arguments were not provided: --collection <C> <FILE>...; try 'comity import --help'"
        );
        let bad_level = complaint(&["import", "a", "--collection", "c", "--tlp", "purple"]);
        assert!(bad_level.contains("'purple'") && bad_level.contains("amber+strict"), "{bad_level}");
        assert!(bad_level.ends_with("; try 'comity import --help'"), "{bad_level}");
        assert!(!bad_level.contains('\n'));
        assert!(complaint(&["--json", "key", "add"]).ends_with("; try 'comity key add --help'"));
        assert!(complaint(&["frobnicate"]).ends_with("; try 'comity --help'"));
    }
}
