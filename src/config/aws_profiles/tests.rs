//! Profile files as people write them, good and broken; and that no secret leaves the reader.

use super::*;

const CONFIG: &str = "\
\u{feff}# comment
[default]
region = eu-central-1 # where we live

[profile ops]
role_arn = arn:aws:iam::111122223333:role/ops
source_profile = base
mfa_serial = arn:aws:iam::111122223333:mfa/me
external_id = x#1
duration_seconds = 3600
s3 =
  region = us-west-2

[profile deploy]
ROLE_ARN=arn:aws:iam::111122223333:role/deploy
source_profile=ops

[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-west-1

[profile prod-admin]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = Admin
region=eu-west-1

[profile old-sso]
sso_start_url = https://old.awsapps.com/start
sso_region = us-east-1

[profile ci]
role_arn = arn:aws:iam::111122223333:role/ci
web_identity_token_file = /var/run/token

[profile vault]
credential_process = /bin/vault --token hunter2

[services local]
rds =
  endpoint_url = http://localhost:1
";

const CREDENTIALS: &str = "\
[base]
aws_access_key_id = AKIAEXAMPLE
aws_secret_access_key = do-not-keep-me
[default]
aws_access_key_id = AKIAOTHER
aws_secret_access_key = nor-me
region = us-east-2
";

fn read(config: &str, credentials: &str) -> Profiles {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join(".aws")).unwrap();
    std::fs::write(home.path().join(".aws/config"), config).unwrap();
    std::fs::write(home.path().join(".aws/credentials"), credentials).unwrap();
    read_profiles(&Places { home: Some(home.path().to_owned()), ..Places::default() })
}

#[test]
fn every_kind_of_profile_is_told_apart() {
    let found = read(CONFIG, CREDENTIALS);
    let kinds: Vec<_> = found.list.iter().map(|p| (p.name.as_str(), p.kind, p.origin.line)).collect();
    assert_eq!(
        kinds,
        [
            ("default", ProfileKind::StaticKeys, 2),
            ("ops", ProfileKind::AssumeRoleWithMfa, 5),
            ("deploy", ProfileKind::AssumeRole, 14),
            ("prod-admin", ProfileKind::Sso, 22),
            ("old-sso", ProfileKind::Sso, 28),
            ("ci", ProfileKind::WebIdentity, 32),
            ("vault", ProfileKind::Process, 36),
            ("base", ProfileKind::StaticKeys, 1),
        ]
    );
    assert_eq!(found.remarks, []);
}

#[test]
fn settings_are_read_with_comments_and_sub_properties_left_out() {
    let found = read(CONFIG, CREDENTIALS);
    let ops = found.find("ops").unwrap();
    assert_eq!(ops.role_arn.as_deref(), Some("arn:aws:iam::111122223333:role/ops"));
    assert_eq!(ops.mfa_serial.as_deref(), Some("arn:aws:iam::111122223333:mfa/me"));
    assert_eq!(ops.external_id.as_deref(), Some("x#1"), "a comment sign needs a blank before it");
    assert_eq!(ops.duration, Some(Duration::from_hours(1)));
    assert_eq!(ops.region, None, "the region of a sub-property is not the profile's");
    assert_eq!(found.find("default").unwrap().region.as_deref(), Some("us-east-2"), "the credentials file wins");
    let sso = found.find("prod-admin").unwrap().sso.clone().unwrap();
    assert_eq!((sso.session.as_deref(), sso.region.as_deref()), (Some("corp"), Some("eu-west-1")));
    assert_eq!(sso.start_url.as_deref(), Some("https://corp.awsapps.com/start"));
}

#[test]
fn no_secret_leaves_the_reader() {
    let shown = format!("{:?}", read(CONFIG, CREDENTIALS));
    for secret in ["do-not-keep-me", "nor-me", "hunter2", "AKIA"] {
        assert!(!shown.contains(secret), "{secret}");
    }
}

#[test]
fn what_the_sdk_would_refuse_or_ignore_is_remarked_with_its_line() {
    for (config, credentials, line, word) in [
        ("region = x\n", "", 1, "before the first section"),
        ("[profile a\nregion = x\n", "", 1, "closing bracket"),
        ("[profile a]\nregion\n", "", 2, "neither a section nor"),
        ("[prod]\nregion = x\n", "", 1, "[profile prod]"),
        ("", "\n[profile prod]\n", 2, "[prod]"),
        ("[profile my prod]\n", "", 1, "not allowed"),
        ("[profile a]\nduration_seconds = 1h\n", "", 1, "900 to 43200"),
        ("[profile a]\nsso_session = gone\n", "", 1, "nowhere"),
        ("[profile a]\nrole_arn = r\n", "", 1, "source_profile"),
        ("", "[a]\naws_access_key_id = A\n", 1, "one half"),
    ] {
        let found = read(config, credentials);
        assert_eq!(found.remarks.len(), 1, "{config}{credentials}: {:?}", found.remarks);
        assert_eq!(found.remarks[0].origin.line, line, "{config}{credentials}");
        assert!(found.remarks[0].text.contains(word), "{}", found.remarks[0]);
    }
}

#[test]
fn garbage_is_survived() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("bad");
    let mut bytes: Vec<u8> = (0..=255).cycle().take(200_000).collect();
    bytes.extend(b"\n[profile survivor]\nregion = eu-west-1\n");
    std::fs::write(&file, bytes).unwrap();
    let found = read_profiles(&Places { config_file: Some(file), ..Places::default() });
    assert_eq!(found.find("survivor").and_then(|p| p.region.as_deref()), Some("eu-west-1"));

    let directory = read_profiles(&Places { config_file: Some(home.path().to_owned()), ..Places::default() });
    assert_eq!(directory.list, []);
    assert!(directory.remarks[0].text.contains("cannot be read"), "{:?}", directory.remarks);
}

#[test]
fn no_files_are_no_profiles_and_no_remarks() {
    let home = tempfile::tempdir().unwrap();
    let found = read_profiles(&Places { home: Some(home.path().to_owned()), ..Places::default() });
    assert_eq!((found.list.len(), found.remarks.len(), found.looked_in.len()), (0, 0, 2));
    assert!(found.explain_missing("prod").contains("there are no profiles"));
    assert!(read_profiles(&Places::default()).explain_missing("prod").contains("no home directory"));
}

#[test]
fn a_prefixed_default_beats_a_bare_one_in_either_order() {
    for config in [
        "[default]\nregion = a\nrole_arn = r\n[profile default]\nregion = b\n",
        "[profile default]\nregion = b\n[default]\nregion = a\nrole_arn = r\n",
    ] {
        let found = read(config, "");
        assert_eq!(found.list.len(), 1);
        assert_eq!((found.list[0].region.as_deref(), &found.list[0].role_arn), (Some("b"), &None));
    }
}

#[test]
fn named_files_win_and_a_tilde_is_home() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("mine"), "[profile x]\n").unwrap();
    let places = Places { home: Some(home.path().to_owned()), config_file: Some("~/mine".into()), ..Places::default() };
    assert_eq!(read_profiles(&places).find("x").unwrap().origin.file, home.path().join("mine"));
}

#[test]
fn chains_end_at_the_source_or_say_why_not() {
    let found = read(CONFIG, CREDENTIALS);
    let names: Vec<_> = found.chain("deploy").unwrap().iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["deploy", "ops", "base"]);
    assert!(found.wants_mfa("deploy"));
    assert!(!found.wants_mfa("prod-admin"));

    let circle = read("[profile a]\nrole_arn=r\nsource_profile=b\n[profile b]\nrole_arn=r\nsource_profile=a\n", "");
    assert!(matches!(circle.chain("a"), Err(ChainProblem::Loop { .. })));
    let own = read("[profile a]\nrole_arn=r\nsource_profile=a\n", "[a]\naws_access_key_id=A\naws_secret_access_key=S\n");
    assert_eq!(own.chain("a").unwrap().len(), 1);

    let missing = read("[profile a]\nrole_arn=r\nsource_profile=bsae\n[profile base]\n", "").chain("a").unwrap_err().to_string();
    assert!(missing.contains("config:1") && missing.contains("did you mean \"base\"?"), "{missing}");
}
