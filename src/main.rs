//! The `weir` command.

use std::process::ExitCode;

use anyhow::Result;
use weir::auth::Tokens;
use weir::cli::{Cli, Command, LogFormat};
use weir::config::{Config, Credentials};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::read().command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("weir: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<()> {
    match command {
        Command::Serve(args) => {
            let config = Config::load(*args)?;
            log(&config);
            if let Some((says, remedy)) = config.credentials.weakness() {
                tracing::warn!("{says}. Remedy: {remedy}");
            }
            weir::serve::serve(config).await
        }
        Command::Token(args) => {
            let credentials = Credentials::load(&args.identity)?;
            let tokens = Tokens::new(credentials.api_secret.expose(), false);
            let ttl = args.ttl.map(std::time::Duration::from_secs);
            let token = match &args.user {
                Some(user) if !args.server => tokens.sign_user(user, ttl, weir::wire::Time::local())?,
                _ => tokens.sign_server()?,
            };
            println!("{token}");
            Ok(())
        }
        Command::Doctor(args) => weir::doctor::run(*args).await,
        Command::Openapi => {
            println!("{}", weir::router::document().to_pretty_json()?);
            Ok(())
        }
    }
}

fn log(config: &Config) {
    let filter = tracing_subscriber::EnvFilter::new(&config.log);
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match config.log_format {
        LogFormat::Text => logs.init(),
        LogFormat::Json => logs.json().init(),
    }
}
