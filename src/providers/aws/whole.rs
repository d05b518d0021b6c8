//! An interceptor that refuses an answer which is not whole. The SDKs' XML readers take a document that ends too early, or a web page
//! where no answer was needed, for an answer with fewer things in it: members would vanish, a lost call would count as accepted.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// Services that answer in XML: `<DescribeInstancesResponse>…</DescribeInstancesResponse>`. CloudWatch answers in CBOR, whose reader
/// does notice an early end.
const XML: [&str; 7] = ["Auto Scaling", "EC2", "Elastic Load Balancing v2", "Elastic Load Balancing", "RDS", "ElastiCache", "STS"];

#[derive(Clone, Copy, Debug)]
pub(super) struct WholeAnswers;

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unsound {
    #[error("the answer ends too early, after {0} bytes")]
    Cut(usize),
    #[error("the answer is not one to {0}")]
    Stranger(String),
}

impl Intercept for WholeAnswers {
    fn name(&self) -> &'static str {
        "WholeAnswers"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        let Some(metadata) = config.load::<Metadata>().filter(|m| XML.contains(&m.service())) else { return Ok(()) };
        // Errors are judged by their own code and status.
        if !response.status().is_success() {
            return Ok(());
        }
        Ok(check_xml(metadata.name(), response.body().bytes().unwrap_or_default())?)
    }
}

/// Looks at both ends only: the root element must be this operation's, and it must be closed.
fn check_xml(operation: &str, body: &[u8]) -> Result<(), Unsound> {
    let body = body.trim_ascii();
    let stranger = || Unsound::Stranger(operation.to_owned());
    let mut rest = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    // Past the declaration and comments.
    while rest.starts_with(b"<?") || rest.starts_with(b"<!--") {
        let end = rest.iter().position(|b| *b == b'>').ok_or(Unsound::Cut(body.len()))?;
        rest = rest[end + 1..].trim_ascii_start();
    }
    let root = format!("{operation}Response");
    let rest = rest.strip_prefix(b"<").and_then(|r| r.strip_prefix(root.as_bytes())).ok_or_else(stranger)?;
    if !matches!(rest.first(), Some(b' ' | b'>' | b'/' | b'\n' | b'\r' | b'\t')) {
        return Err(stranger());
    }
    let closed = rest.strip_suffix(b">").map(<[u8]>::trim_ascii_end);
    let by_tag = closed.and_then(|r| r.strip_suffix(root.as_bytes())).is_some_and(|r| r.ends_with(b"</"));
    let by_itself = closed.is_some_and(|r| r.ends_with(b"/") && !r.contains(&b'<'));
    if by_tag || by_itself { Ok(()) } else { Err(Unsound::Cut(body.len())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_answer_to_the_question_passes() {
        let stranger = || Err(Unsound::Stranger("DescribeThings".to_owned()));
        let whole = "<?xml version=\"1.0\"?>\n<!-- hello -->\n<DescribeThingsResponse xmlns=\"x\">\n<a/></DescribeThingsResponse>\n";
        assert_eq!(check_xml("DescribeThings", whole.as_bytes()), Ok(()));
        assert_eq!(check_xml("DescribeThings", b"<DescribeThingsResponse/>"), Ok(()));
        assert_eq!(check_xml("DescribeThings", b"<DescribeThingsResponse></DescribeThingsResponse >"), Ok(()));
        for foreign in
            ["", "<html><body>hi</body></html>", "<OtherResponse></OtherResponse>", "<DescribeThingsResponses/>", "{}", "<DescribeThings"]
        {
            assert_eq!(check_xml("DescribeThings", foreign.as_bytes()), stranger(), "{foreign}");
        }
        // Every shorter beginning is unsound, one way or another.
        let whole = whole.trim();
        for cut in 0..whole.len() {
            assert!(check_xml("DescribeThings", &whole.as_bytes()[..cut]).is_err(), "{}", &whole[..cut]);
        }
    }
}
