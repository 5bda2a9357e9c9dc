use super::*;

fn environment(url: &str) -> Environment {
    Environment::default().with("MAGONE_URL", url)
}

fn open(env: &Environment) -> Result<Client, Failure> {
    Client::open(&ServerArguments { url: None }, env)
}

#[test]
fn a_typed_name_cannot_leave_its_place_in_the_path() {
    for (base, expected) in [
        ("http://h", "http://h/api/v1/external/executions/..%2Fx%3Fa=%23b"),
        ("http://h/proxy/", "http://h/proxy/api/v1/external/executions/..%2Fx%3Fa=%23b"),
    ] {
        let client = open(&environment(base)).unwrap();
        let url = client.at(&[&API[..], &["executions", "../x?a=#b"]].concat());
        assert_eq!(url.as_str(), expected);
    }
}

#[test]
fn a_url_that_is_none_is_a_usage_error_that_names_the_variable() {
    for wrong in
        ["localhost:8000", "127.0.0.1:8000", "ftp://h", "http://u:pw@h", "http://h?x=1", "http://h#x"]
    {
        let failure = open(&environment(wrong)).unwrap_err();
        assert_eq!(failure.exit, Exit::Usage);
        assert!(failure.sentence.starts_with("MAGONE_URL"), "{}", failure.sentence);
        assert!(!failure.sentence.contains("pw"), "{}", failure.sentence);
    }
    assert_eq!(open(&Environment::default()).unwrap().url(), DEFAULT_URL);
}

#[test]
fn the_flag_wins_over_the_variable() {
    let arguments = ServerArguments { url: Some("http://flag:1".to_owned()) };
    assert_eq!(Client::open(&arguments, &environment("http://variable:2")).unwrap().url(), "http://flag:1");
}

#[test]
fn without_a_key_nothing_is_asked() {
    let with_key = |key: &str| {
        let env = Environment::default().with("MAGONE_API_KEY", key);
        Client::with_key(&ServerArguments { url: None }, &env)
    };
    for wrong in ["", "a\u{7}b"] {
        let failure = with_key(wrong).unwrap_err();
        assert_eq!(failure.exit, Exit::Auth);
        assert!(failure.sentence.starts_with("MAGONE_API_KEY"), "{}", failure.sentence);
    }
    let client = with_key("magure_live_x").unwrap();
    assert!(!format!("{client:?}").contains("magure_live_x"));
}
