//! The way to one region: opens the connection when first needed, checks the account, and opens it anew after a refusal.
//!
//! Everything that reads or changes goes through a [`Connection`], which is bound to one login: who we are is asked once per
//! connection, so a change of credentials cannot slip in between a check and a call.

use std::sync::Arc;

use aws_types::SdkConfig;
use tokio::sync::{Mutex, OnceCell};

use crate::domain::{FailureKind, Identity, Label, Scope};
use crate::providers::ProviderError;

use super::error::convert_error;
use super::memory::Memory;
use super::reader::{Clients, Reader};
use super::session::{Login, Session};
use super::settings::AwsSettings;
use super::wall::{READS, Traffic, Wall};

pub(super) const WHO: &str = "sts:GetCallerIdentity";

pub(super) struct Link {
    pub scope: Scope,
    pub session: Arc<Session>,
    pub memory: Memory,
    traffic: Arc<Traffic>,
    connection: Mutex<Option<Arc<Connection>>>,
}

/// Clients that share one login.
pub(super) struct Connection {
    pub clients: Clients,
    /// What the clients were made from; writing clients are made from it too, with other rules.
    pub config: SdkConfig,
    pub login: Arc<Login>,
    who: OnceCell<Identity>,
}

impl Link {
    pub fn new(scope: Scope, session: Arc<Session>) -> Self {
        Self { scope, session, memory: Memory::default(), traffic: Arc::default(), connection: Mutex::default() }
    }

    pub fn settings(&self) -> &AwsSettings {
        &self.session.settings
    }

    pub fn traffic(&self) -> &Arc<Traffic> {
        &self.traffic
    }

    /// The open connection, or a new one. With an expected account, nothing is read before the account is known to be the one.
    pub async fn connection(&self) -> Result<Arc<Connection>, ProviderError> {
        let mut held = self.connection.lock().await;
        if let Some(connection) = &*held {
            return Ok(Arc::clone(connection));
        }
        let login = self.session.login().await.map_err(|e| ProviderError { scope: self.scope.clone(), ..e })?;
        let config = self.session.config(&login, self.scope.region()).await;
        let wall = Wall::new(READS, Arc::clone(&self.traffic), Arc::clone(&self.settings().clock));
        let connection = Arc::new(Connection { clients: Clients::new(&config, &wall), config, login, who: OnceCell::new() });
        if self.settings().expected_account.is_some() {
            // Credentials are dropped with the connection: the profile may be corrected while we run.
            if let Err(error) = self.who(&connection).await {
                self.session.forget(&connection.login);
                return Err(error);
            }
        }
        *held = Some(Arc::clone(&connection));
        Ok(connection)
    }

    /// Who this connection's calls are made as; asked once.
    pub async fn who(&self, connection: &Connection) -> Result<Identity, ProviderError> {
        connection.who.get_or_try_init(|| self.fetch_identity(connection)).await.cloned()
    }

    /// Asks the cloud who we are, and refuses an account that is not the expected one.
    pub async fn fetch_identity(&self, connection: &Connection) -> Result<Identity, ProviderError> {
        let answer = connection.clients.sts.get_caller_identity().send().await.map_err(|e| convert_error(WHO, &self.scope, &e))?;
        let account = answer.account().unwrap_or_default();
        if let Some(expected) = self.settings().expected_account.as_deref().filter(|e| *e != account) {
            let mut error = ProviderError::new(
                FailureKind::Auth,
                WHO,
                &self.scope,
                format!("these credentials are of account {account}, this context expects {expected}: nothing is read or changed"),
            );
            error.maybe_done = false;
            return Err(error);
        }
        Ok(Identity {
            scope: self.scope.clone(),
            account: Label::new(account),
            principal: Label::new(answer.arn().unwrap_or_default()),
            expires: connection.login.expires(),
            skew_seconds: self.traffic.skew_seconds(),
        })
    }

    pub fn reader<'a>(&'a self, connection: &'a Connection) -> Reader<'a> {
        Reader {
            scope: &self.scope,
            clients: &connection.clients,
            memory: &self.memory,
            probe: &self.settings().probe,
            clock: &self.settings().clock,
        }
    }

    /// After refused credentials the connection and its login are dropped; the next call signs in from the files as they are then.
    pub async fn note(&self, connection: &Arc<Connection>, error: &ProviderError) {
        if error.kind != FailureKind::Auth {
            return;
        }
        let mut held = self.connection.lock().await;
        if held.as_ref().is_some_and(|c| Arc::ptr_eq(c, connection)) {
            *held = None;
        }
        self.session.forget(&connection.login);
    }
}
