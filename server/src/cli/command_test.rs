use std::ffi::OsStr;

use clap::CommandFactory;
use clap::error::ErrorKind;

use super::*;

fn parse(line: &str) -> Result<CommandLine, clap::Error> {
    CommandLine::try_parse_from(line.split_whitespace())
}

#[test]
fn the_definition_is_sound() {
    CommandLine::command().debug_assert();
}

#[test]
fn every_command_of_the_contract_is_understood() {
    for line in [
        "magone serve",
        "magone serve --listen 127.0.0.1:0 --console-listen 127.0.0.1:0 --demo --model openai/gpt-4o-mini",
        "magone migrate",
        "magone admin create a@example.com --name Ann --role viewer --password-stdin",
        "magone admin reset-password a@example.com",
        "magone admin token create deploys --scope tenants:read,tenants:write --scope keys:write --expires 30",
        "magone admin token create deploys --scope audit:read --expires never",
        "magone admin token list",
        "magone admin token revoke tok_1",
        "magone tenant create Magure magure --rate-limit 60",
        "magone tenant list --output json",
        "magone tenant show magure",
        "magone tenant update magure --rate-limit none --name Magure --set retention_days=30 --unset max_runs_per_day",
        "magone tenant rotate-key magure --key key_1 --grace 3600",
        "magone key create magure app --test --expires 30",
        "magone key list magure",
        "magone key revoke key_1",
        "magone agent show analyst --version 2",
        "magone workflow assign magure kpi-sales sales --version 3",
        "magone execution retry exec_1 --from-failed-step --follow",
        "magone execution list --workflow kpi --status failed --session s --limit 5",
        "magone execution export --created-after 2026-01-31T09:30:00Z --events",
        "magone completions bash",
        "magone tenant suspend magure",
        "magone tenant resume magure",
        "magone agent apply -f a.yaml b.yaml -f c.json",
        "magone agent list",
        "magone workflow validate -f -",
        "magone workflow apply --file folder",
        "magone workflow list",
        "magone workflow assign magure kpi-sales sales Sales",
        "magone workflow run kpi-sales --input text --context {} --session s --follow",
        "magone workflow run kpi-sales --input-json {} --async --url http://h",
        "magone execution show exec_1",
        "magone execution follow exec_1 --after 7",
        "magone execution cancel exec_1 --reason enough",
        "magone --output json health",
        "magone doctor",
        "magone config show",
    ] {
        assert!(parse(line).is_ok(), "{line}: {}", parse(line).unwrap_err());
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    for line in [
        "magone serve --model openai/x",
        "magone tenant create Magure",
        "magone admin create a@example.com --role king",
        "magone admin token create deploys",
        "magone admin token create deploys --scope audit:read --expires 0",
        "magone tenant create Magure magure --rate-limit many",
        "magone agent apply",
        "magone agent show analyst --version 0",
        "magone tenant update magure",
        "magone tenant update magure --set retention_days",
        "magone tenant rotate-key magure --grace soon",
        "magone key create magure app --expires 0",
        "magone workflow assign magure kpi-sales sales --version newest",
        "magone completions tcsh",
        "magone workflow run kpi-sales",
        "magone workflow run kpi-sales --input a --input-json {}",
        "magone workflow run kpi-sales --input a --follow --async",
        "magone workflow run kpi-sales --input a --context []",
        "magone execution follow exec_1 --after soon",
        "magone tenant list --output xml",
    ] {
        assert!(parse(line).is_err_and(|error| error.use_stderr()), "{line}");
    }
}

#[test]
fn help_names_the_exit_codes_and_the_variables() {
    let help = |line: &str| {
        let error = parse(line).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::DisplayHelp);
        error.to_string()
    };
    assert!(help("magone --help").contains("Exit codes:"));
    for (line, variables) in [
        (
            "magone serve --help",
            &["MAGONE_LISTEN", "MAGONE_CONSOLE_LISTEN", "DATABASE_URL", "OPENAI_API_KEY"][..],
        ),
        ("magone tenant --help", &["DATABASE_URL", "MAGONE_DATA_DIR"]),
        ("magone admin --help", &["DATABASE_URL", "MAGONE_DATA_DIR"]),
        ("magone admin token create --help", &["audit:read", "definitions:inline"]),
        ("magone workflow run --help", &["MAGONE_URL", "MAGONE_API_KEY"]),
        ("magone key --help", &["DATABASE_URL", "MAGONE_DATA_DIR"]),
        ("magone execution --help", &["MAGONE_URL", "MAGONE_API_KEY"]),
        ("magone health --help", &["MAGONE_URL"]),
    ] {
        let text = help(line);
        for variable in variables {
            assert!(text.contains(variable), "{line}: {variable}\n{text}");
        }
    }
}

#[test]
fn help_shows_no_value_of_the_environment() {
    let mut open = vec![CommandLine::command()];
    while let Some(command) = open.pop() {
        for argument in command.get_arguments() {
            let env: Option<&OsStr> = argument.get_env();
            assert!(env.is_none() || argument.is_hide_env_values_set(), "{argument:?}");
        }
        open.extend(command.get_subcommands().cloned());
    }
}
