//! Asking the solver: several processes at the same time, each on its own thread, each question with its limit.
//!
//! What is not answered with exactly yes or no has a reason here, and no reason is a yes.

use std::sync::Mutex;
use std::time::Instant;

use cedar_policy_symcc::CedarSymCompiler;
use cedar_policy_symcc::err::Error as EngineError;
use serde::Serialize;

use crate::solver::Session;
use crate::{ProveError, Solver};

/// How often a worker starts the solver anew before it gives up on it.
const LOSSES_MAX: usize = 3;

/// Why a question has no answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(tag = "why", content = "what", rename_all = "kebab-case")]
pub enum Unanswered {
    /// The solver does not know.
    Unknown,
    /// The time was up.
    TimedOut,
    /// The solver died, or said something that is no answer.
    Failed(String),
    /// It was not asked: the solver had failed too often, or the time for the whole run was up.
    NotAsked(String),
}

/// Stack of a worker thread, in bytes; only what is used of it takes memory. A formula is as deep as there are rules,
/// and is walked by recursion: 300 rules need more than the usual 2 MiB.
const STACK_BYTES: usize = 512 << 20;

/// The compiler of rules into questions, with a solver process behind it.
pub(crate) type Compiler = CedarSymCompiler<Session>;

/// One thread's way to the solver.
pub(crate) struct Worker<'a> {
    solver: &'a Solver,
    compiler: Option<Compiler>,
    losses: usize,
    deadline: Instant,
}

impl<'a> Worker<'a> {
    fn new(solver: &'a Solver, deadline: Instant) -> Self {
        Self { solver, compiler: None, losses: 0, deadline }
    }

    /// Asks one question.
    pub(crate) async fn ask<T>(
        &mut self,
        question: impl AsyncFnOnce(&mut Compiler) -> Result<T, EngineError>,
    ) -> Result<T, Unanswered> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Unanswered::NotAsked("the time for the whole run was up".into()));
        }
        if self.losses >= LOSSES_MAX {
            return Err(Unanswered::NotAsked("the solver had failed too often".into()));
        }
        let mut compiler = match self.compiler.take() {
            Some(compiler) => compiler,
            None => self.start().await?,
        };
        // A second more than the solver's own limit, so that it can say itself that its time is up.
        let limit = self.solver.limits().question.saturating_add(std::time::Duration::from_secs(1)).min(left);
        match tokio::time::timeout(limit, question(&mut compiler)).await {
            Ok(Ok(answer)) => {
                self.compiler = Some(compiler);
                Ok(answer)
            }
            Ok(Err(EngineError::SolverUnknown)) => {
                self.compiler = Some(compiler);
                Err(Unanswered::Unknown)
            }
            Ok(Err(error)) => {
                self.lose(compiler).await;
                Err(Unanswered::Failed(reason(&error)))
            }
            Err(_) => {
                self.lose(compiler).await;
                Err(Unanswered::TimedOut)
            }
        }
    }

    async fn start(&mut self) -> Result<Compiler, Unanswered> {
        let started = match self.solver.start().await {
            Ok(session) => CedarSymCompiler::new(session).map_err(|error| reason(&error)),
            Err(error) => Err(reason(&EngineError::from(error))),
        };
        started.map_err(|why| {
            self.losses = self.losses.saturating_add(1);
            Unanswered::Failed(why)
        })
    }

    /// Ends a process whose state is not known.
    async fn lose(&mut self, mut compiler: Compiler) {
        self.losses = self.losses.saturating_add(1);
        compiler.solver_mut().end().await;
    }

    async fn close(&mut self) {
        if let Some(mut compiler) = self.compiler.take() {
            compiler.solver_mut().end().await;
        }
    }
}

/// An error of the engine on one line, with its causes.
pub(crate) fn reason(error: &EngineError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        cause = inner.source();
    }
    text.replace('\n', " ").chars().take(400).collect()
}

/// Does each of `tasks` with `work`, on as many threads as the solver may have processes. The order of the results
/// is not that of the tasks.
///
/// # Errors
/// The first error of `work`; what was not begun by then is left out.
pub(crate) fn side_by_side<T: Send, R: Send>(
    solver: &Solver,
    tasks: Vec<T>,
    work: impl AsyncFn(&mut Worker<'_>, T) -> Result<Vec<R>, ProveError> + Sync,
) -> Result<Vec<R>, ProveError> {
    let deadline = Instant::now() + solver.limits().run;
    let workers = solver.limits().processes.clamp(1, tasks.len().max(1));
    let tasks = Mutex::new(tasks.into_iter());
    let next = || tasks.lock().unwrap_or_else(std::sync::PoisonError::into_inner).next();
    let one = || {
        let mut worker = Worker::new(solver, deadline);
        crate::solver::runtime()?.block_on(async {
            let mut results = Vec::new();
            while let Some(task) = next() {
                let done = work(&mut worker, task).await;
                match done {
                    Ok(some) => results.extend(some),
                    Err(error) => {
                        worker.close().await;
                        return Err(error);
                    }
                }
            }
            worker.close().await;
            Ok(results)
        })
    };
    std::thread::scope(|scope| {
        let thread = || std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, one);
        let threads: Result<Vec<_>, _> = (0..workers).map(|_| thread()).collect();
        let mut results = Vec::new();
        for thread in threads.map_err(|error| ProveError::System(error.to_string()))? {
            let done = thread.join().map_err(|_| ProveError::System("a thread ended early".into()))?;
            results.extend(done?);
        }
        Ok(results)
    })
}
