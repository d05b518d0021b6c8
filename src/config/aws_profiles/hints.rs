//! Whether there seem to be any credentials at all outside the profile files. Names of variables only; their values are not looked into.

/// Signs of credentials, and where they come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// `AWS_ACCESS_KEY_ID` and its secret are set: they beat every profile that is not asked for by name.
    pub environment_keys: bool,
    /// One of the pair is set and the other is not.
    pub half_a_key: bool,
    /// A container or pod gives credentials (`AWS_CONTAINER_CREDENTIALS_…`).
    pub container: bool,
    /// `AWS_WEB_IDENTITY_TOKEN_FILE` with `AWS_ROLE_ARN`.
    pub web_identity: bool,
    /// The machine says it is an EC2 instance, and its metadata service is not switched off.
    pub instance_metadata: bool,
}

impl Hints {
    /// Whether it is worth asking AWS who we are without a profile.
    pub fn any(&self) -> bool {
        self.environment_keys || self.container || self.web_identity || self.instance_metadata
    }
}

/// Reads the signs. `is_set` tells whether a variable has a value that is not empty; `is_true` whether it is `true` in any case;
/// `vendor` is the text of `/sys/class/dmi/id/sys_vendor` where there is one.
pub fn find_hints(is_set: impl Fn(&str) -> bool, is_true: impl Fn(&str) -> bool, vendor: Option<&str>) -> Hints {
    let (key, secret) = (is_set("AWS_ACCESS_KEY_ID"), is_set("AWS_SECRET_ACCESS_KEY"));
    Hints {
        environment_keys: key && secret,
        half_a_key: key != secret,
        container: is_set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") || is_set("AWS_CONTAINER_CREDENTIALS_FULL_URI"),
        web_identity: is_set("AWS_WEB_IDENTITY_TOKEN_FILE") && is_set("AWS_ROLE_ARN"),
        instance_metadata: vendor.is_some_and(|v| v.trim() == "Amazon EC2") && !is_true("AWS_EC2_METADATA_DISABLED"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hints(set: &[&str], vendor: Option<&str>) -> Hints {
        find_hints(|v| set.contains(&v), |v| set.contains(&v), vendor)
    }

    #[test]
    fn each_sign_counts_only_when_whole() {
        for (set, vendor, any) in [
            (&[][..], None, false),
            (&["AWS_ACCESS_KEY_ID"], None, false),
            (&["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"], None, true),
            (&["AWS_WEB_IDENTITY_TOKEN_FILE"], None, false),
            (&["AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"], None, true),
            (&["AWS_CONTAINER_CREDENTIALS_FULL_URI"], None, true),
            (&[], Some("Amazon EC2\n"), true),
            (&["AWS_EC2_METADATA_DISABLED"], Some("Amazon EC2"), false),
            (&[], Some("QEMU"), false),
        ] {
            assert_eq!(hints(set, vendor).any(), any, "{set:?} {vendor:?}");
        }
        assert!(hints(&["AWS_SECRET_ACCESS_KEY"], None).half_a_key);
    }
}
