//! One JSON value a line in, one JSON answer a line out, in order: what `--json -` means for commands that judge.

use std::io::{self, BufRead, BufReader, Read, Write};

use serde::Serialize;

use crate::failure::Failure;
use crate::output::Answer;

/// What a line holds.
pub enum Line<'a> {
    /// The bytes of the line, without its end.
    Whole(&'a [u8]),
    /// It is longer than this many bytes and was skipped.
    TooLong(usize),
}

/// Answers every line of standard input by `judge`, which says whether the answer is yes.
///
/// # Errors
/// Exit code 3 when standard input or output fails. A reader that closed the pipe is no error.
pub fn answer<T: Serialize>(
    most: usize,
    judge: impl FnMut(usize, &Line<'_>) -> (T, bool),
) -> Result<Answer, Failure> {
    let every = run(io::stdin().lock(), io::stdout().lock(), most, judge);
    match every {
        Ok(every) => Ok(Answer::nothing().refused_if(!every)),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Answer::nothing()),
        Err(error) => {
            Err(Failure::environment(format!("the lines cannot be answered; standard input; {error}")))
        }
    }
}

/// Whether every answer was yes. An answer is flushed as soon as no further line is waiting, so that a program may ask
/// and wait line by line.
fn run<T: Serialize>(
    input: impl Read,
    mut out: impl Write,
    most: usize,
    mut judge: impl FnMut(usize, &Line<'_>) -> (T, bool),
) -> io::Result<bool> {
    let mut input = BufReader::with_capacity(1 << 16, input);
    let mut out = io::BufWriter::with_capacity(1 << 16, &mut out);
    let (mut every, mut index) = (true, 0usize);
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
        let read = (&mut input).take(limit).read_until(b'\n', &mut bytes)?;
        if read == 0 {
            break;
        }
        let complete = bytes.last() == Some(&b'\n');
        let line = if bytes.len() > most && !complete {
            skip_line(&mut input)?;
            Line::TooLong(most)
        } else {
            Line::Whole(bytes.strip_suffix(b"\n").unwrap_or(&bytes))
        };
        let (answer, yes) = judge(index, &line);
        every &= yes;
        index = index.saturating_add(1);
        serde_json::to_writer(&mut out, &answer)?;
        out.write_all(b"\n")?;
        if input.buffer().is_empty() {
            out.flush()?;
        }
    }
    out.flush()?;
    Ok(every)
}

fn skip_line(input: &mut impl BufRead) -> io::Result<()> {
    loop {
        let held = input.fill_buf()?;
        if held.is_empty() {
            return Ok(());
        }
        let end = held.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(held.len(), |end| end.saturating_add(1));
        input.consume(used);
        if end.is_some() {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(input: &[u8], most: usize) -> (bool, String) {
        let mut out = Vec::new();
        let every = run(input, &mut out, most, |index, line| match line {
            Line::Whole(bytes) => ((index, String::from_utf8_lossy(bytes).into_owned()), !bytes.is_empty()),
            Line::TooLong(most) => ((index, format!("over {most}")), false),
        });
        (every.unwrap(), String::from_utf8(out).unwrap())
    }

    #[test]
    fn every_line_has_one_answer_in_its_place() {
        assert_eq!(answers(b"", 9), (true, String::new()));
        assert_eq!(answers(b"a\nb", 9), (true, "[0,\"a\"]\n[1,\"b\"]\n".to_owned()));
        assert_eq!(answers(b"a\n\nb\n", 9), (false, "[0,\"a\"]\n[1,\"\"]\n[2,\"b\"]\n".to_owned()));
    }

    #[test]
    fn a_line_beyond_the_limit_is_answered_and_the_next_one_too() {
        let long = [b"x".repeat(200_000), b"\nok\n".to_vec()].concat();
        assert_eq!(answers(&long, 1_000), (false, "[0,\"over 1000\"]\n[1,\"ok\"]\n".to_owned()));
        assert_eq!(answers(b"1234\n", 4), (true, "[0,\"1234\"]\n".to_owned()));
        assert_eq!(answers(b"12345", 4), (false, "[0,\"over 4\"]\n".to_owned()));
    }
}
