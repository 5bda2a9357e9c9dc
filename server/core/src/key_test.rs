use proptest::prelude::*;

use super::*;

const VECTOR: &str = "magure_live_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg3Q0bVf";

fn slug(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

#[test]
fn the_contracts_vector() {
    let key = ApiKey::parse(VECTOR).unwrap();
    assert_eq!((key.slug(), key.mode(), key.is_legacy()), ("magure", KeyMode::Live, false));
    assert_eq!(key.display_prefix(), "magure_live_012345");
    assert_eq!(key.reveal(), VECTOR);
}

#[test]
fn the_hash_is_sha_256_in_hexadecimal() {
    // printf %s <key> | sha256sum
    let expected = "278ff78d0364f523c13e241ac70dcb96b9a551a2a403fb46d52dca0bcc704e83";
    assert_eq!(ApiKey::parse(VECTOR).unwrap().hash(), expected);
}

#[test]
fn base62_is_the_plain_number_padded() {
    assert_eq!(base62(&[0; 32], 43), "0".repeat(43));
    assert_eq!(base62(&[0, 61], 2), "0z");
    assert_eq!(base62(&[0, 62], 2), "10");
    assert_eq!(base62(&[1, 0], 2), "48");
    // 2^256 - 1, the largest that has to fit into 43 digits.
    assert_eq!(base62(&[0xff; 32], 43), "yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp1");
}

#[test]
fn keys_of_the_older_form_are_read() {
    let text = format!("a-b_live_{}", "0123456789abcdef".repeat(3));
    let key = ApiKey::parse(&text).unwrap();
    assert_eq!((key.slug(), key.mode(), key.is_legacy()), ("a-b", KeyMode::Live, true));
    assert_eq!(key.display_prefix(), "a-b_live_012345");
    for wrong in [text.replace("live", "test"), text.replace('f', "F"), text.replace('f', "g")] {
        assert_eq!(ApiKey::parse(&wrong).unwrap_err(), Malformed, "{wrong}");
    }
}

#[test]
fn what_is_no_key_is_told_without_a_lookup() {
    let long = "a".repeat(8_192);
    for text in [
        "",
        "_",
        "__",
        "magure",
        "magure_live_",
        "_live_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg3Q0bVf",
        "Magure_live_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg3Q0bVf",
        "magure_prod_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg3Q0bVf",
        "magure_test_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg3Q0bVf",
        "magure_live_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefh3Q0bVf",
        "magure_live_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg3Q0bVg",
        "magure_live_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg3Q0bVf ",
        " magure_live_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg3Q0bVf",
        "magure_live_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef-3Q0bVf",
        "magure_live_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdeé3Q0bVf",
        "a_live_b_live_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg3Q0bVf",
        &long,
        &format!("magure_live_{long}"),
        &format!("magure_live_{}", "é".repeat(4_096)),
    ] {
        assert_eq!(ApiKey::parse(text).unwrap_err(), Malformed, "{text}");
    }
}

#[test]
fn a_key_does_not_show_itself() {
    let shown = format!("{:?}", ApiKey::parse(VECTOR).unwrap());
    assert_eq!(shown, "ApiKey(magure_live_012345…)");
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,120}|[a-z_0-9-]{0,120}") {
        let _ = ApiKey::parse(&text);
    }

    #[test]
    fn a_made_key_reads_back_and_one_changed_character_does_not(
        name in "[a-z0-9][a-z0-9-]{0,99}",
        random in any::<[u8; 32]>(),
        live in any::<bool>(),
        at in 0_usize..49,
        digit in "[0-9A-Za-z]",
    ) {
        let mode = if live { KeyMode::Live } else { KeyMode::Test };
        let key = ApiKey::from_random(&slug(&name), mode, random);
        let read = ApiKey::parse(key.reveal()).unwrap();
        prop_assert_eq!((read.slug(), read.mode(), read.is_legacy()), (name.as_str(), mode, false));
        prop_assert_eq!(read.hash(), key.hash());
        prop_assert_eq!(key.reveal().len(), name.len() + 6 + 49);

        let place = name.len() + 6 + at;
        let mut other = key.reveal().to_owned();
        other.replace_range(place..=place, &digit);
        if other != key.reveal() {
            prop_assert!(ApiKey::parse(&other).is_err());
        }
    }
}
