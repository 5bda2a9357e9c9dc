use magone_core::agent::Agent;
use magone_core::execution::Pins;
use magone_core::ids::{KeyId, TenantId, TenantWorkflowId};
use magone_core::ports::{RunStore, StoreError};
use magone_core::workflow::Definition;
use serde_json::json;

use super::TenantPatch;
use crate::fixture::{Fixture, Run, at, definition, key};

fn conflict<T: std::fmt::Debug>(outcome: Result<T, StoreError>) -> String {
    match outcome {
        Err(StoreError::Conflict(sentence)) => sentence,
        other => panic!("no conflict: {other:?}"),
    }
}

#[tokio::test]
async fn who_saved_later_without_reading_again_is_told_so() {
    let fixture = Fixture::new().await;
    let configuration = fixture.store.configuration();
    let save = async |n: u32, base: Option<u32>| configuration.save(&definition("kpi", n), base, at(1)).await;
    assert!(conflict(save(1, Some(1)).await).contains("does not exist"));
    assert_eq!(save(1, Some(0)).await, Ok(1));
    assert!(conflict(save(2, Some(0)).await).contains("exists already"));
    assert_eq!(save(2, Some(1)).await, Ok(2));
    assert!(conflict(save(3, Some(1)).await).contains("is at version 2 by now, not 1"));
    let (one, two) = tokio::join!(save(4, Some(2)), save(5, Some(2)));
    assert_ne!(one.is_ok(), two.is_ok(), "{one:?} {two:?}");
    assert_eq!(configuration.document::<Definition>("kpi", None).await.unwrap().unwrap().0, 3);
    let versions = configuration.versions::<Definition>("kpi").await.unwrap();
    assert_eq!(versions.iter().map(|one| one.version).collect::<Vec<_>>(), [3, 2, 1]);
}

#[tokio::test]
async fn a_definition_in_use_names_its_tenants_and_a_deleted_one_still_runs() {
    let fixture = Fixture::new().await;
    let configuration = fixture.store.configuration();
    let tenant = fixture.tenant("alpha").await;
    fixture.workflow(&tenant, "kpi").await;
    let used = conflict(configuration.delete::<Definition>("kpi", at(5)).await);
    assert_eq!(used, "'kpi' is in use: tenant 'alpha' runs it as 'kpi'");
    configuration.unassign_workflow(&tenant, "kpi").await.unwrap();
    let again = configuration.unassign_workflow(&tenant, "kpi").await;
    assert_eq!(again, Err(StoreError::NotFound("workflow kpi".to_owned())));
    configuration.delete::<Definition>("kpi", at(5)).await.unwrap();

    assert_eq!(configuration.document::<Definition>("kpi", None).await.unwrap(), None);
    assert_eq!(configuration.document::<Definition>("kpi", Some(1)).await.unwrap(), None);
    assert_eq!(configuration.documents::<Definition>().await.unwrap(), []);
    assert!(matches!(configuration.delete::<Definition>("kpi", at(6)).await, Err(StoreError::NotFound(_))));
    let pins = Pins { definition: "kpi".to_owned(), version: 1, ..Pins::default() };
    fixture.store.program(&pins).await.unwrap();
    assert!(configuration.document_to_run::<Definition>("kpi", None).await.unwrap().is_some());

    // The same content is the same version, and there again.
    assert_eq!(configuration.save(&definition("kpi", 1), Some(0), at(7)).await, Ok(1));
    assert_eq!(configuration.documents::<Definition>().await.unwrap().len(), 1);
    configuration.delete::<Definition>("kpi", at(8)).await.unwrap();
    assert_eq!(configuration.save(&definition("kpi", 2), None, at(9)).await, Ok(2));
}

#[tokio::test]
async fn an_agent_in_use_names_the_definitions_that_name_it() {
    let fixture = Fixture::new().await;
    let configuration = fixture.store.configuration();
    let agent: Agent = serde_json::from_value(json!({"id": "analyst", "model": "scripted/demo"})).unwrap();
    configuration.save(&agent, None, at(0)).await.unwrap();
    let naming = json!({
        "id": "kpi", "entry_step": "ask", "steps": [{"id": "ask", "type": "agent", "agent": "analyst"}],
    });
    let naming: Definition = serde_json::from_value(naming).unwrap();
    configuration.save(&naming, None, at(1)).await.unwrap();
    let used = conflict(configuration.delete::<Agent>("analyst", at(2)).await);
    assert_eq!(used, "'analyst' is in use: workflow definition 'kpi' names it");

    // A later version names it no more, but a tenant stays at the one that does.
    let tenant = fixture.tenant("alpha").await;
    let assign = super::AssignWorkflow {
        id: TenantWorkflowId::from_text("twf_1"),
        tenant_id: tenant.clone(),
        definition_id: "kpi".to_owned(),
        version: Some(1),
        slug: "kpi".to_owned(),
        name: None,
        description: None,
        overrides: None,
    };
    configuration.assign_workflow(assign).await.unwrap();
    configuration.save(&definition("kpi", 1), None, at(3)).await.unwrap();
    assert!(conflict(configuration.delete::<Agent>("analyst", at(4)).await).contains("'kpi' names it"));
    configuration.unassign_workflow(&tenant, "kpi").await.unwrap();
    configuration.delete::<Agent>("analyst", at(5)).await.unwrap();
    assert_eq!(configuration.documents::<Agent>().await.unwrap(), []);
    assert!(configuration.document_to_run::<Agent>("analyst", Some(1)).await.unwrap().is_some());
}

#[tokio::test]
async fn what_came_with_a_call_is_kept_and_not_listed() {
    let fixture = Fixture::new().await;
    let configuration = fixture.store.configuration();
    let inline = definition("inline-1", 1);
    assert_eq!(configuration.save_unlisted(&inline, at(1)).await, Ok(1));
    let before = fixture.store.revision().await.unwrap();
    assert_eq!(configuration.save_unlisted(&inline, at(2)).await, Ok(1));
    assert_eq!(fixture.store.revision().await.unwrap(), before, "nothing is written twice");
    assert_eq!(configuration.documents::<Definition>().await.unwrap(), []);
    assert_eq!(
        configuration.document_to_run::<Definition>("inline-1", Some(1)).await.unwrap(),
        Some((1, inline.clone()))
    );
    // Somebody may save one of that id; then it is listed, and what comes with calls stays apart.
    configuration.save(&inline, None, at(3)).await.unwrap();
    assert_eq!(configuration.save_unlisted(&definition("inline-1", 2), at(4)).await, Ok(2));
    assert_eq!(configuration.documents::<Definition>().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_tenant_is_changed_member_by_member_and_not_deleted_while_it_runs() {
    let fixture = Fixture::new().await;
    let configuration = fixture.store.configuration();
    let id = fixture.tenant("alpha").await;
    let patch = |settings: serde_json::Value| TenantPatch {
        settings: settings.as_object().unwrap().clone(),
        ..TenantPatch::default()
    };
    let (before, after) =
        configuration.update_tenant(&id, patch(json!({"a": 1, "b": [2]})), at(1)).await.unwrap();
    assert_eq!((before.settings, &after.settings), (json!({}), &json!({"a": 1, "b": [2]})));
    let limits = TenantPatch {
        rate_limit_per_minute: Some(None),
        name: Some("A".to_owned()),
        ..patch(json!({"a": null}))
    };
    let (_, after) = configuration.update_tenant(&id, limits, at(2)).await.unwrap();
    assert_eq!((after.rate_limit_per_minute, after.settings.clone()), (None, json!({"b": [2]})));
    assert_eq!(configuration.tenant(&id).await.unwrap(), Some(after));

    fixture.workflow(&id, "kpi").await;
    let mut run = Run::new(&id, "kpi", 1);
    fixture.commit([run.starts()]).await;
    let open = conflict(configuration.delete_tenant(&id, at(3)).await);
    assert_eq!(open, format!("'alpha' is in use: execution '{}' has not ended", run.id()));
    fixture.commit([run.ends()]).await;
    configuration.delete_tenant(&id, at(4)).await.unwrap();
    assert_eq!(configuration.tenant(&id).await.unwrap(), None);
    assert_eq!(configuration.key_by_hash("hash-alpha").await.unwrap(), None);
    assert_eq!(configuration.tenant_or_deleted(&id).await.unwrap().unwrap().slug, "alpha");
    for outcome in [
        configuration.delete_tenant(&id, at(5)).await,
        configuration.update_tenant(&id, TenantPatch::default(), at(5)).await.map(|_| ()),
    ] {
        assert!(matches!(outcome, Err(StoreError::NotFound(_))), "{outcome:?}");
    }
}

#[tokio::test]
async fn a_key_that_a_script_left_in_the_tenants_row_is_adopted_once() {
    let fixture = Fixture::new().await;
    let configuration = fixture.store.configuration();
    let id = fixture.tenant("alpha").await;
    fixture.sql("DELETE FROM api_keys").await;
    for name in ["key_1", "key_2"] {
        configuration.adopt_first_key(&id, KeyId::from_text(name)).await.unwrap();
    }
    let keys = configuration.keys(&id).await.unwrap();
    assert_eq!(keys.iter().map(|key| key.id.as_str()).collect::<Vec<_>>(), ["key_1"]);
    assert_eq!(configuration.key_owner(&keys[0].id).await.unwrap(), Some((id.clone(), keys[0].clone())));
    configuration.revoke_key(&id, &keys[0].id, at(1)).await.unwrap();
    configuration.adopt_first_key(&id, KeyId::from_text("key_3")).await.unwrap();
    assert_eq!(configuration.keys(&id).await.unwrap().len(), 1, "a revoked key is not adopted");
    configuration.adopt_first_key(&TenantId::from_text("ten_x"), KeyId::from_text("key_4")).await.unwrap();
}

#[tokio::test]
async fn a_rotated_key_ends_at_once_or_later_and_the_new_one_is_there_at_once() {
    let fixture = Fixture::new().await;
    let configuration = fixture.store.configuration();
    let id = fixture.tenant("alpha").await;
    let first = KeyId::from_text("key_alpha");
    configuration.rotate_key(&id, &first, key("second"), at(1), at(9)).await.unwrap();
    let old = configuration.key_by_hash("hash-alpha").await.unwrap().unwrap();
    assert_eq!((old.expires_at, old.revoked), (Some(at(9)), false));
    configuration.rotate_key(&id, &KeyId::from_text("key_second"), key("third"), at(1), at(1)).await.unwrap();
    assert!(configuration.key_by_hash("hash-second").await.unwrap().unwrap().revoked);
    assert!(!configuration.key_by_hash("hash-third").await.unwrap().unwrap().revoked);
}

#[tokio::test]
async fn the_house_is_made_once_and_no_key_opens_it() {
    let fixture = Fixture::new().await;
    let configuration = fixture.store.configuration();
    let make = async |n: u32| {
        let ids = (TenantId::from_text(format!("ten_{n}")), TenantWorkflowId::from_text(format!("twf_{n}")));
        configuration.house(ids.0, ids.1).await.unwrap()
    };
    let (first, second) = (make(1).await, make(2).await);
    assert_eq!(first, second);
    assert_eq!((first.0.slug.as_str(), first.1.as_str(), first.0.is_active), ("internal", "twf_1", true));
    assert_eq!(configuration.keys(&first.0.id).await.unwrap(), []);
    assert_eq!(fixture.store.tenant(&first.0.id).workflows().await.unwrap(), []);
}
