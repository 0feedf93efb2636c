use proptest::prelude::*;

use super::*;

fn user(text: &str) -> Result<ExternalUserId, Constraint> {
    text.parse()
}

#[test]
fn external_names_take_the_documented_alphabet_and_no_more() {
    for good in ["ab", "-_&@+=,(){}[]/«».:|'\"#", "Zoë À-ÿ", "a\tb\nc", "0123456789", "awsome:x"]
    {
        assert!(user(good).is_ok(), "{good:?}");
    }
    for bad in
        ["a!", "a;b", "a\\b", "a*b", "naïve…", "日本", "a\u{a0}b", "a\0b", "a<b>", "a$b", "a%b"]
    {
        assert_eq!(user(bad).unwrap_err(), Constraint::Pattern(EXTERNAL.pattern), "{bad:?}");
    }
}

#[test]
fn external_names_are_measured_in_characters() {
    assert!(user(&"é".repeat(64)).is_ok());
    assert_eq!(user(&"é".repeat(65)).unwrap_err(), Constraint::MaxLength(64));
    assert_eq!(user("é").unwrap_err(), Constraint::MinLength(2));
}

#[test]
fn reserved_prefix_is_refused_in_any_letter_case() {
    for bad in ["aws:", "aws:MediaPipeline-1", "AWS:x", "aWs:x"] {
        assert_eq!(user(bad).unwrap_err(), Constraint::ReservedPrefix("aws:"), "{bad}");
        assert!(bad.parse::<ExternalMeetingId>().is_err(), "{bad}");
    }
    assert!(user("aws").is_ok());
    assert!(user("xaws:").is_ok());
}

#[test]
fn tenant_refuses_a_fourth_repetition() {
    for good in ["aa", "aaabaaa", "$$$-###", "a-B_c!d@e#f$9"] {
        assert!(good.parse::<TenantId>().is_ok(), "{good}");
    }
    for bad in ["aaaa", "baaaab", "1111", "a.b", "a b", "é-é"] {
        assert!(bad.parse::<TenantId>().is_err(), "{bad}");
    }
    assert!("aAaA".parse::<TenantId>().is_ok(), "letter case tells characters apart");
}

#[test]
fn tag_key_reads_the_range_in_the_pattern() {
    assert!("a+,-./09:;<=_Z".parse::<TagKey>().is_ok());
    for bad in ["", "a b", "a@b", "a>b", "a*b"] {
        assert!(bad.parse::<TagKey>().is_err(), "{bad}");
    }
    assert!("".parse::<TagValue>().is_ok());
    assert!("a b@c".parse::<TagValue>().is_ok());
}

#[test]
fn arns_accounts_and_regions_keep_their_form() {
    assert!("arn:aws:sqs:us-east-1:000000000000:q".parse::<NotificationArn>().is_ok());
    assert!("arn".parse::<NotificationArn>().is_err());
    assert!("http://arn".parse::<NotificationArn>().is_err());
    assert!("000000000000".parse::<AccountId>().is_ok());
    assert!("00000000000x".parse::<AccountId>().is_err());
    assert!("us-east-1".parse::<ControlRegion>().is_ok());
    assert!("us/east".parse::<ControlRegion>().is_err());
}

#[test]
fn debug_never_shows_a_secret_or_a_name() {
    let token: JoinToken = "c2VjcmV0".parse().unwrap();
    assert_eq!(format!("{token:?}"), "JoinToken(8 characters)");
    assert!(!format!("{:?}", user("alice").unwrap()).contains("alice"));
    let mark: ClientRequestToken = "once".parse().unwrap();
    assert!(!format!("{mark:?}").contains("once"));
}

/// The look-ahead of the tenant pattern, said the slow way.
fn repeats_four_times(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    chars.windows(4).any(|w| w.iter().all(|c| c == &w[0]))
}

proptest! {
    #[test]
    fn any_text_is_taken_whole_or_refused(text in ".{0,70}") {
        if let Ok(taken) = user(&text) {
            prop_assert_eq!(taken.as_str(), text.as_str());
            prop_assert!((2..=64).contains(&text.chars().count()));
            prop_assert!(!text.to_lowercase().starts_with("aws:"));
        }
    }

    #[test]
    fn tenant_agrees_with_its_pattern(text in "[-ab$]{2,12}") {
        prop_assert_eq!(text.parse::<TenantId>().is_err(), repeats_four_times(&text));
    }

    #[test]
    fn every_join_token_is_an_http_token(text in ".{0,40}") {
        if text.parse::<JoinToken>().is_ok() {
            let delimiters = b"\"(),/:;<=>?@[\\]{}";
            prop_assert!(text.bytes().all(|b| b.is_ascii_graphic() && !delimiters.contains(&b)));
        }
    }
}
