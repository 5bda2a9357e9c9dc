//! From the arguments to the exit code.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use super::command::{Command, CommandLine};
use super::exit::Exit;
use super::failure::{Failure, Outcome};
use super::{
    admin, agent, completions, doctor, execution, health, key, migrate, openapi, prices, serve, settings,
    tenant, workflow,
};
use crate::config::Environment;
use crate::engine::{self, MakeEngine};
use crate::telemetry;

/// Runs the command line and answers the exit code.
pub fn run(arguments: impl IntoIterator<Item: Into<OsString> + Clone>) -> ExitCode {
    run_on(arguments, engine::embedded)
}

/// The same with a server on another engine.
pub fn run_on(arguments: impl IntoIterator<Item: Into<OsString> + Clone>, make: MakeEngine) -> ExitCode {
    let line = match CommandLine::try_parse_from(arguments) {
        Ok(line) => line,
        Err(error) => {
            // Nobody may be listening.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage } else { Exit::Ok }.into();
        }
    };
    match dispatch(line, &Environment::of_process(), make) {
        Ok(()) => Exit::Ok.into(),
        Err(failure) => {
            failure.tell();
            failure.exit.into()
        }
    }
}

fn dispatch(line: CommandLine, env: &Environment, make: MakeEngine) -> Outcome {
    let format = line.output;
    if let Command::Serve(arguments) = line.command {
        return serve::run(arguments, env, make);
    }
    logs(env);
    match line.command {
        // Served above: it has threads of its own.
        Command::Serve(_) => Ok(()),
        Command::Migrate => block_on(migrate::run(env, format)),
        Command::Admin(command) => block_on(admin::run(command, env, format)),
        Command::Tenant(command) => block_on(tenant::run(command, env, format)),
        Command::Prices(command) => block_on(prices::run(command, env, format)),
        Command::Key(command) => block_on(key::run(command, env, format)),
        Command::Agent(command) => block_on(agent::run(command, env, format)),
        Command::Workflow(command) => block_on(workflow::run(command, env, format)),
        Command::Execution(command) => block_on(execution::run(command, env, format)),
        Command::Health(arguments) => block_on(health::run(arguments, env, format)),
        Command::Doctor => block_on(doctor::run(env, format)),
        Command::Openapi => openapi::run(),
        Command::Completions { shell } => completions::run(shell),
        Command::Config(command) => settings::run(&command, env, format),
    }
}

/// Commands are quiet unless somebody asks for more. A filter that cannot be understood must not
/// keep `doctor` from saying so.
fn logs(env: &Environment) {
    let asked = env.text("RUST_LOG").ok().flatten();
    if asked.is_none_or(|filter| telemetry::start(&filter).is_err()) {
        // This filter is understood.
        let _ = telemetry::start("warn");
    }
}

/// One thread is enough for one command.
fn block_on(command: impl Future<Output = Outcome>) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime {
        Ok(runtime) => runtime.block_on(command),
        Err(error) => Err(Failure::failed(format!("cannot start: {error}"))),
    }
}
