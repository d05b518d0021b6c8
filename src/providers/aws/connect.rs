//! From settings to providers: one per region. Reads the profile files, opens no connection to the cloud.

use std::sync::Arc;
use std::time::Duration;

use aws_config::imds;
use aws_config::imds::region::ImdsRegionProvider;
use aws_config::provider_config::ProviderConfig;

use crate::config::aws_profiles::read_profiles;
use crate::domain::Scope;

use super::AwsProvider;
use super::link::Link;
use super::session::{ConnectError, Session};
use super::settings::AwsSettings;
use super::transport::open_transport;

/// One attempt of one call takes this long at most; AWS's slowest listings take a few seconds.
const ATTEMPT_LIMIT: Duration = Duration::from_secs(20);

/// Makes a provider for each region. Credentials are fetched by the first read, in the background; what fails here is wrong in
/// the settings and cannot get better by waiting.
pub async fn connect(settings: AwsSettings) -> Result<Vec<Arc<AwsProvider>>, ConnectError> {
    connect_within(settings, ATTEMPT_LIMIT).await
}

/// [`connect`] with another limit for each attempt of a call.
pub(super) async fn connect_within(settings: AwsSettings, attempt_limit: Duration) -> Result<Vec<Arc<AwsProvider>>, ConnectError> {
    let http = open_transport(settings.ca_bundle.as_deref()).await?;
    let places = settings.surroundings.places.clone();
    let profiles = tokio::task::spawn_blocking(move || read_profiles(&places)).await.unwrap_or_default();
    let name = settings.profile_name();
    let named = settings.profile.is_some() || settings.surroundings.profile.is_some();
    if named && !settings.uses_environment_keys() && profiles.find(name).is_none() {
        return Err(ConnectError::Profile(profiles.explain_missing(name)));
    }
    let mut regions = settings.regions.clone();
    if regions.is_empty() {
        let known = settings.surroundings.region.clone().or_else(|| profiles.find(name)?.region.clone());
        let found = match known {
            Some(region) => Some(region),
            None if settings.surroundings.hints.instance_metadata => {
                let config = ProviderConfig::without_region().with_http_client(http.clone());
                let client = imds::Client::builder().configure(&config).max_attempts(1).operation_timeout(Duration::from_secs(1)).build();
                ImdsRegionProvider::builder().imds_client(client).build().region().await.map(|r| r.to_string())
            }
            None => None,
        };
        regions.push(found.ok_or_else(|| ConnectError::NoRegion(name.to_owned()))?);
    }
    let mut seen = Vec::new();
    regions.retain(|r| {
        !seen.contains(r) && {
            seen.push(r.clone());
            true
        }
    });

    let account = settings.account_word().to_owned();
    let scopes: Vec<Scope> = regions.iter().map(|region| Scope::new("aws", account.as_str(), region.as_str())).collect();
    let Some(home) = scopes.first().cloned() else { return Err(ConnectError::NoRegion(name.to_owned())) };
    let session = Arc::new(Session::new(Arc::new(settings), http, home, attempt_limit));
    Ok(scopes.into_iter().map(|scope| Arc::new(AwsProvider { link: Arc::new(Link::new(scope, Arc::clone(&session))) })).collect())
}
