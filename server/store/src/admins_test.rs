use magone_core::ids::{AdminId, SessionId};
use magone_core::ports::StoreError;

use crate::admins::NewAdmin;
use crate::fixture::{Fixture, at};
use crate::sessions::NewSession;

fn owner() -> NewAdmin {
    NewAdmin {
        id: AdminId::from_text("adm_1"),
        email: "Owner@Example.com ".to_owned(),
        name: "Owner".to_owned(),
        role: "owner".to_owned(),
        password_hash: "$argon2id$secret".to_owned(),
    }
}

fn session(id: &str, ends: i64) -> NewSession {
    NewSession {
        id: SessionId::from_text(id),
        admin_id: AdminId::from_text("adm_1"),
        token_hash: format!("hash-{id}"),
        created_at: at(0),
        expires_at: at(ends),
    }
}

#[tokio::test]
async fn administrators_are_found_by_their_address_in_any_case() {
    let fixture = Fixture::new().await;
    let admins = fixture.store.admins();
    assert_eq!(admins.count().await.unwrap(), 0);
    admins.create(owner()).await.unwrap();
    assert_eq!(admins.count().await.unwrap(), 1);
    let found = admins.by_email("OWNER@example.com").await.unwrap().unwrap();
    assert_eq!(
        (found.id.as_str(), found.email.as_str(), found.role.as_str()),
        ("adm_1", "owner@example.com", "owner")
    );
    assert_eq!((found.password_hash.as_str(), found.is_active), ("$argon2id$secret", true));
    assert_eq!(admins.by_email("nobody@example.com").await.unwrap(), None);
    assert_eq!(admins.by_id(&found.id).await.unwrap(), Some(found.clone()));

    let taken = admins.create(NewAdmin { id: AdminId::from_text("adm_2"), ..owner() }).await;
    assert!(matches!(taken, Err(StoreError::Conflict(_))), "{taken:?}");
    for shown in [format!("{found:?}"), format!("{:?}", owner()), format!("{:?}", session("ses_1", 1))] {
        assert!(!shown.contains("argon2id") && !shown.contains("hash-"), "{shown}");
    }
}

#[tokio::test]
async fn a_session_lasts_until_it_expires_ends_or_its_administrator_is_switched_off() {
    let fixture = Fixture::new().await;
    let admins = fixture.store.admins();
    let nobody = admins.create_session(session("ses_0", 10)).await;
    assert!(matches!(nobody, Err(StoreError::NotFound(_))), "{nobody:?}");
    admins.create(owner()).await.unwrap();
    for (id, ends) in [("ses_1", 10), ("ses_2", 100)] {
        admins.create_session(session(id, ends)).await.unwrap();
    }
    let (found, admin) = admins.session("hash-ses_1", at(9)).await.unwrap().unwrap();
    assert_eq!((found.id.as_str(), found.expires_at, admin.id.as_str()), ("ses_1", at(10), "adm_1"));
    assert_eq!(admins.session("hash-ses_1", at(10)).await.unwrap(), None);
    assert_eq!(admins.session("hash-ses_9", at(9)).await.unwrap(), None);

    let late = NewSession { created_at: at(50), ..session("ses_3", 100) };
    admins.create_session(late).await.unwrap();
    assert_eq!(admins.session("hash-ses_1", at(9)).await.unwrap(), None, "expired ones go");
    admins.end_session(&SessionId::from_text("ses_2")).await.unwrap();
    admins.end_session(&SessionId::from_text("ses_2")).await.unwrap();
    assert_eq!(admins.session("hash-ses_2", at(60)).await.unwrap(), None);
    assert!(admins.session("hash-ses_3", at(60)).await.unwrap().is_some());
    fixture.sql("UPDATE admins SET is_active = false").await;
    assert_eq!(admins.session("hash-ses_3", at(60)).await.unwrap(), None);
}

#[tokio::test]
async fn a_set_up_link_works_once_and_only_in_time() {
    let fixture = Fixture::new().await;
    let admins = fixture.store.admins();
    admins.put_setup_token("link", at(10)).await.unwrap();
    assert!(matches!(admins.put_setup_token("link", at(20)).await, Err(StoreError::Conflict(_))));
    assert!(!admins.take_setup_token("other", at(1)).await.unwrap());
    assert!(!admins.take_setup_token("link", at(10)).await.unwrap());
    let (first, second) =
        tokio::join!(admins.take_setup_token("link", at(9)), admins.take_setup_token("link", at(9)));
    assert_ne!(first.unwrap(), second.unwrap());
    assert!(!admins.take_setup_token("link", at(9)).await.unwrap());
}

#[tokio::test]
async fn another_password_ends_the_sessions_of_its_administrator_alone() {
    let fixture = Fixture::new().await;
    let admins = fixture.store.admins();
    admins.create(owner()).await.unwrap();
    let other = NewAdmin { id: AdminId::from_text("adm_2"), email: "b@example.com".to_owned(), ..owner() };
    admins.create(other).await.unwrap();
    admins.create_session(session("ses_1", 10)).await.unwrap();
    let others = NewSession { admin_id: AdminId::from_text("adm_2"), ..session("ses_2", 10) };
    admins.create_session(others).await.unwrap();
    let id = AdminId::from_text("adm_1");
    admins.set_password(&id, "$argon2id$other".to_owned()).await.unwrap();
    assert_eq!(admins.by_id(&id).await.unwrap().unwrap().password_hash, "$argon2id$other");
    assert_eq!(admins.session("hash-ses_1", at(1)).await.unwrap(), None);
    assert!(admins.session("hash-ses_2", at(1)).await.unwrap().is_some());
    let nobody = admins.set_password(&AdminId::from_text("adm_9"), String::new()).await;
    assert_eq!(nobody, Err(StoreError::NotFound("admin adm_9".to_owned())));
}
