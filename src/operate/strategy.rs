//! The strategies of a redeploy, one procedure each.

use crate::domain::plan::RedeployRequest;

use super::procedure::Procedure;

/// The procedure that carries this redeploy out; `None`: there is none for it.
pub(super) fn procedure(request: &RedeployRequest) -> Option<Box<dyn Procedure>> {
    let _ = request;
    None
}
