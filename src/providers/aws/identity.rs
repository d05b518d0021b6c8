//! Who we are: GetCallerIdentity, with the end of the credentials and the skew of our clock.

use crate::domain::Observation;
use crate::providers::{Page, PageSink, ProviderError};

use super::link::{Connection, Link};

/// Always asks anew: an identity on screen is as old as its age says.
pub(super) async fn read(link: &Link, connection: &Connection, sink: &PageSink) -> Result<(), ProviderError> {
    let identity = link.fetch_identity(connection).await?;
    let page = Page { rows: vec![Observation::Identity(identity)], calls: 1, ..Page::default() };
    link.reader(connection).hand_over(sink, page).await
}
