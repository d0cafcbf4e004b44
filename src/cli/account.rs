//! `linepack user …` and `linepack token …`: work before the first `serve`, on the store of the site folder.

use std::io::{BufRead, IsTerminal};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};

use super::{SiteDir, load, say, tell};
use crate::clock::Clock;
use crate::site::Site;
use crate::store::{NewUser, Role, Store};

/// Accounts of people.
#[derive(Debug, Args)]
pub(super) struct User {
    #[command(subcommand)]
    command: UserCommand,
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    /// Make an account; the password is asked for, or read with --password-stdin.
    Add {
        /// User name.
        name: String,
        /// viewer, crew, operator, dispatcher, engineer or admin.
        #[arg(long)]
        role: Role,
        /// The crew a crew account is bound to.
        #[arg(long)]
        crew: Option<String>,
        /// Read the password from the first line of stdin.
        #[arg(long)]
        password_stdin: bool,
        #[command(flatten)]
        site: SiteDir,
    },
    /// Print name, role and crew of all accounts.
    List {
        #[command(flatten)]
        site: SiteDir,
    },
    /// Remove an account and end its sessions.
    Remove {
        /// User name.
        name: String,
        #[command(flatten)]
        site: SiteDir,
    },
}

/// Tokens of programs.
#[derive(Debug, Args)]
pub(super) struct Token {
    #[command(subcommand)]
    command: TokenCommand,
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    /// Make a bearer token and print it, once.
    Create {
        /// Its name.
        name: String,
        /// ingest, viewer, crew, operator, dispatcher, engineer or admin.
        #[arg(long)]
        role: Role,
        /// The crew a crew token is bound to.
        #[arg(long)]
        crew: Option<String>,
        #[command(flatten)]
        site: SiteDir,
    },
}

pub(super) async fn user(args: User) -> anyhow::Result<()> {
    match args.command {
        UserCommand::Add { name, role, crew, password_stdin, site } => {
            if role == Role::Ingest {
                bail!("role ingest is for programs: linepack token create {name} --role ingest");
            }
            let (store, site) = open(&site).await?;
            known_crew(&site, role, crew.as_deref())?;
            let password = password(password_stdin)?;
            let user = NewUser { name: &name, role, crew: crew.as_deref(), password: &password };
            store.add_user(user, Clock::System.now()).await?;
            store.close().await;
            tell(&format!("added {name} as {role}"));
        }
        UserCommand::List { site } => {
            let (store, _) = open(&site).await?;
            for account in store.users().await? {
                say(&format!("{}\t{}\t{}", account.name, account.role, account.crew.unwrap_or_default()))?;
            }
            store.close().await;
        }
        UserCommand::Remove { name, site } => {
            let (store, _) = open(&site).await?;
            let removed = store.remove_user(&name).await?;
            store.close().await;
            if !removed {
                bail!("there is no user {name}");
            }
            tell(&format!("removed {name}"));
        }
    }
    Ok(())
}

pub(super) async fn token(args: Token) -> anyhow::Result<()> {
    let TokenCommand::Create { name, role, crew, site } = args.command;
    let (store, site) = open(&site).await?;
    known_crew(&site, role, crew.as_deref())?;
    let token = store.create_token(&name, role, crew.as_deref(), Clock::System.now()).await?;
    store.close().await;
    say(&token.0)
}

async fn open(dir: &SiteDir) -> anyhow::Result<(Store, Site)> {
    let (site, _) = load(&dir.site)?;
    Ok((Store::open(&site.store, &site.dir).await.context("cannot open the store")?, site))
}

fn known_crew(site: &Site, role: Role, crew: Option<&str>) -> anyhow::Result<()> {
    match (role, crew) {
        (Role::Crew, None) => bail!("role crew needs --crew ID"),
        (Role::Crew, Some(id)) if site.registry.find_crew(id).is_none() => bail!("crews.csv has no crew {id}"),
        (Role::Crew, Some(_)) | (_, None) => Ok(()),
        (_, Some(_)) => bail!("--crew goes with role crew only"),
    }
}

fn password(from_stdin: bool) -> anyhow::Result<String> {
    if from_stdin {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line)?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    if !std::io::stdin().is_terminal() {
        bail!("no terminal to ask for the password; use --password-stdin");
    }
    let password = rpassword::prompt_password("Password: ")?;
    if rpassword::prompt_password("Again: ")? != password {
        bail!("the two passwords differ");
    }
    Ok(password)
}
