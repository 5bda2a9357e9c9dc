use magone_core::agent::Agent;
use magone_core::grant::Grant;
use magone_core::ids::{KeyId, TenantId, TenantWorkflowId};
use magone_core::json::Json;
use magone_core::ports::StoreError;
use magone_core::workflow::Definition;
use serde_json::{Value, json};

use super::{AssignWorkflow, NewKey, NewTenant};
use crate::fixture::{Fixture, at, definition, key};

#[tokio::test]
async fn a_tenant_is_made_with_its_key_and_a_taken_slug_is_a_conflict() {
    let fixture = Fixture::new().await;
    let configuration = fixture.store.configuration();
    let id = fixture.tenant("alpha").await;
    let tenant = configuration.tenant(&id).await.unwrap().unwrap();
    assert_eq!((tenant.name.as_str(), tenant.slug.as_str(), tenant.is_active), ("ALPHA", "alpha", true));
    assert_eq!(tenant.rate_limit_per_minute, Some(60));
    assert_eq!(configuration.tenant_by_slug("alpha").await.unwrap(), Some(tenant.clone()));
    assert_eq!(configuration.keys(&id).await.unwrap().len(), 1);

    let again = NewTenant {
        id: TenantId::from_text("ten_other"),
        name: "Other".to_owned(),
        slug: "alpha".to_owned(),
        rate_limit_per_minute: None,
        key: key("other"),
    };
    let taken = configuration.create_tenant(again.clone()).await.unwrap_err();
    assert_eq!(taken, StoreError::Conflict("slug 'alpha' is taken".to_owned()));
    assert_eq!(configuration.key_by_hash("hash-other").await.unwrap(), None);

    let unlimited = NewTenant { slug: "gamma".to_owned(), ..again };
    let made = configuration.create_tenant(unlimited).await.unwrap();
    assert_eq!(configuration.tenants().await.unwrap(), [tenant, made.clone()]);
    assert_eq!(made.rate_limit_per_minute, None);
}

#[tokio::test]
async fn a_tenant_is_switched_off_and_on_and_a_deleted_one_is_gone() {
    let fixture = Fixture::new().await;
    let configuration = fixture.store.configuration();
    let id = fixture.tenant("alpha").await;
    for active in [false, true, false] {
        configuration.set_tenant_active(&id, active).await.unwrap();
        assert_eq!(configuration.tenant(&id).await.unwrap().unwrap().is_active, active);
    }
    let key = configuration.key_by_hash("hash-alpha").await.unwrap().unwrap();
    assert!(!key.tenant.is_active && !key.revoked);
    let nobody = configuration.set_tenant_active(&TenantId::from_text("ten_x"), true).await;
    assert_eq!(nobody, Err(StoreError::NotFound("tenant ten_x".to_owned())));

    fixture.sql("UPDATE tenants SET deleted_at = created_at").await;
    assert_eq!(configuration.tenants().await.unwrap(), []);
    assert_eq!(configuration.tenant(&id).await.unwrap(), None);
    assert_eq!(configuration.key_by_hash("hash-alpha").await.unwrap(), None);
    assert!(matches!(configuration.set_tenant_active(&id, true).await, Err(StoreError::NotFound(_))));
}

#[tokio::test]
async fn keys_are_added_listed_used_and_taken_back() {
    let fixture = Fixture::new().await;
    let configuration = fixture.store.configuration();
    let id = fixture.tenant("alpha").await;
    let new = NewKey {
        grant: Grant { workflows: Some(["ops".to_owned()].into()), ..Grant::whole() },
        rate_limit_per_minute: Some(7),
        test: true,
        expires_at: Some(at(1_000)),
        ..key("second")
    };
    configuration.add_key(&id, new.clone()).await.unwrap();
    let found = configuration.key_by_hash("hash-second").await.unwrap().unwrap();
    assert_eq!(found.key_id, Some(KeyId::from_text("key_second")));
    assert_eq!((found.grant, found.test, found.expires_at), (new.grant.clone(), true, Some(at(1_000))));
    assert_eq!((found.rate_limit_per_minute, found.revoked), (Some(7), false));

    let twice = configuration.add_key(&id, NewKey { id: KeyId::from_text("key_third"), ..new.clone() }).await;
    assert!(matches!(twice, Err(StoreError::Conflict(_))), "{twice:?}");
    let nobody = configuration.add_key(&TenantId::from_text("ten_x"), key("fourth")).await;
    assert!(matches!(nobody, Err(StoreError::NotFound(_))), "{nobody:?}");

    let before = fixture.store.revision().await.unwrap();
    configuration
        .touch_keys(vec![(new.id.clone(), at(7)), (KeyId::from_text("key_x"), at(8))])
        .await
        .unwrap();
    assert_eq!(fixture.store.revision().await.unwrap(), before, "a used key is no change");
    configuration.revoke_key(&id, &new.id, at(9)).await.unwrap();
    configuration.revoke_key(&id, &new.id, at(99)).await.unwrap();
    assert!(fixture.store.revision().await.unwrap() > before);
    assert!(configuration.key_by_hash("hash-second").await.unwrap().unwrap().revoked);
    let listed = configuration.keys(&id).await.unwrap();
    let second = listed.iter().find(|key| key.id == new.id).unwrap();
    assert_eq!((second.last_used_at, second.revoked_at), (Some(at(7)), Some(at(9))));
    let foreign = configuration.revoke_key(&TenantId::from_text("ten_x"), &new.id, at(9)).await;
    assert!(matches!(foreign, Err(StoreError::NotFound(_))));
}

#[tokio::test]
async fn a_revoked_first_key_is_not_found_in_the_tenants_row_either() {
    let fixture = Fixture::new().await;
    let configuration = fixture.store.configuration();
    let id = fixture.tenant("alpha").await;
    configuration.revoke_key(&id, &KeyId::from_text("key_alpha"), at(1)).await.unwrap();
    assert!(configuration.key_by_hash("hash-alpha").await.unwrap().unwrap().revoked);
    fixture.sql("DELETE FROM api_keys").await;
    assert_eq!(configuration.key_by_hash("hash-alpha").await.unwrap(), None);
}

#[tokio::test]
async fn a_key_in_the_tenants_row_alone_is_copied_once_and_then_taken_back_like_any_other() {
    let fixture = Fixture::new().await;
    let configuration = fixture.store.configuration();
    let id = fixture.tenant("alpha").await;
    fixture.sql("DELETE FROM api_keys").await;
    for name in ["one", "two"] {
        configuration.adopt_key(KeyId::from_text(name), &id, "hash-alpha").await.unwrap();
    }
    configuration.adopt_key(KeyId::from_text("three"), &id, "hash-of-another").await.unwrap();
    let found = configuration.key_by_hash("hash-alpha").await.unwrap().unwrap();
    let adopted = (Some(KeyId::from_text("one")), Grant::default(), false);
    assert_eq!((found.key_id, found.grant, found.test), adopted);
    let listed = configuration.keys(&id).await.unwrap();
    let listed: Vec<_> = listed.iter().map(|key| (key.id.as_str(), key.prefix.as_str())).collect();
    assert_eq!(listed, [("one", "alpha_live_abc123")]);

    configuration.revoke_key(&id, &KeyId::from_text("one"), at(1)).await.unwrap();
    configuration.adopt_key(KeyId::from_text("four"), &id, "hash-alpha").await.unwrap();
    assert!(configuration.key_by_hash("hash-alpha").await.unwrap().unwrap().revoked);
    assert_eq!(configuration.keys(&id).await.unwrap().len(), 1);
}

#[tokio::test]
async fn saving_makes_versions_and_the_same_content_makes_none() {
    let fixture = Fixture::new().await;
    let configuration = fixture.store.configuration();
    let (one, two) = (definition("kpi", 1), definition("kpi", 2));
    assert_eq!(configuration.save(&one, None, at(1)).await.unwrap(), 1);
    assert_eq!(configuration.save(&one, None, at(2)).await.unwrap(), 1);
    assert_eq!(configuration.save(&two, None, at(3)).await.unwrap(), 2);
    // Back to what it was is a change as well.
    assert_eq!(configuration.save(&one, None, at(4)).await.unwrap(), 3);
    assert_eq!(configuration.document::<Definition>("kpi", None).await.unwrap(), Some((3, one.clone())));
    assert_eq!(configuration.document::<Definition>("kpi", Some(2)).await.unwrap(), Some((2, two)));
    assert_eq!(configuration.document::<Definition>("kpi", Some(4)).await.unwrap(), None);
    assert_eq!(configuration.document::<Definition>("ops", None).await.unwrap(), None);

    configuration.save(&definition("a-first", 1), None, at(5)).await.unwrap();
    let all = configuration.documents::<Definition>().await.unwrap();
    let listed: Vec<_> = all.iter().map(|one| (one.id.as_str(), one.latest_version)).collect();
    assert_eq!(listed, [("a-first", 1), ("kpi", 3)]);
    assert_eq!(
        (all[1].name.as_deref(), all[1].created_at, all[1].updated_at),
        (Some("About kpi"), at(1), at(4))
    );
}

#[tokio::test]
async fn agents_have_versions_of_their_own() {
    let fixture = Fixture::new().await;
    let configuration = fixture.store.configuration();
    let agent =
        |model: &str| -> Agent { serde_json::from_value(json!({"id": "analyst", "model": model})).unwrap() };
    assert_eq!(configuration.save(&agent("scripted/demo"), None, at(1)).await.unwrap(), 1);
    assert_eq!(configuration.save(&agent("openai/gpt"), None, at(2)).await.unwrap(), 2);
    assert_eq!(
        configuration.document::<Agent>("analyst", None).await.unwrap(),
        Some((2, agent("openai/gpt")))
    );
    assert_eq!(
        configuration.document::<Agent>("analyst", Some(1)).await.unwrap(),
        Some((1, agent("scripted/demo")))
    );
    assert_eq!(configuration.documents::<Agent>().await.unwrap().len(), 1);
    assert_eq!(configuration.documents::<Definition>().await.unwrap(), []);
}

#[tokio::test]
async fn assigning_twice_changes_the_assignment_and_keeps_its_identity() {
    let fixture = Fixture::new().await;
    let configuration = fixture.store.configuration();
    let tenant = fixture.tenant("alpha").await;
    let first = fixture.workflow(&tenant, "kpi").await;
    configuration.save(&definition("ops", 1), None, at(0)).await.unwrap();
    fixture.sql("UPDATE tenant_workflows SET is_active = false, config_overrides = '{\"config\":{\"tone\":\"dry\"}}'").await;

    let assign = AssignWorkflow {
        id: TenantWorkflowId::from_text("twf_new"),
        tenant_id: tenant.clone(),
        definition_id: "ops".to_owned(),
        version: Some(1),
        slug: "kpi".to_owned(),
        name: Some("Operations".to_owned()),
        description: Some("What happens".to_owned()),
        overrides: None,
    };
    let changed = configuration.assign_workflow(assign.clone()).await.unwrap();
    assert_eq!(
        (changed.id.clone(), changed.definition_id.as_str(), changed.version),
        (first, "ops", Some(1))
    );
    assert_eq!((changed.name.as_deref(), changed.is_active), (Some("Operations"), true));
    assert_eq!(*changed.overrides.clone().unwrap(), json!({"config": {"tone": "dry"}}));
    assert_eq!(fixture.store.tenant(&tenant).workflows().await.unwrap(), [changed]);

    let follows = |overrides: Value| AssignWorkflow {
        version: None,
        overrides: Some(Json::new(overrides)),
        ..assign.clone()
    };
    let with = follows(json!({"model": "scripted/x"}));
    assert_eq!(
        *configuration.assign_workflow(with).await.unwrap().overrides.unwrap(),
        json!({"model": "scripted/x"})
    );
    let [found] = configuration.overridden("ops").await.unwrap().try_into().unwrap();
    assert_eq!((found.tenant.as_str(), found.slug.as_str()), ("alpha", "kpi"));
    assert_eq!(*found.overrides, json!({"model": "scripted/x"}));
    assert_eq!(configuration.assign_workflow(follows(json!({}))).await.unwrap().overrides, None);
    assert_eq!(configuration.overridden("ops").await.unwrap(), []);

    for (wrong, sentence) in [
        (AssignWorkflow { version: Some(2), ..assign.clone() }, "definition ops version 2"),
        (
            AssignWorkflow { definition_id: "none".to_owned(), version: None, ..assign.clone() },
            "definition none",
        ),
    ] {
        let missing = configuration.assign_workflow(wrong).await;
        assert_eq!(missing, Err(StoreError::NotFound(sentence.to_owned())));
    }
    let nobody = AssignWorkflow { tenant_id: TenantId::from_text("ten_x"), ..assign };
    assert!(matches!(configuration.assign_workflow(nobody).await, Err(StoreError::NotFound(_))));
}

#[tokio::test]
async fn every_change_of_the_configuration_moves_the_revision() {
    let fixture = Fixture::new().await;
    let configuration = fixture.store.configuration();
    let mut last = fixture.store.revision().await.unwrap();
    let mut moved = async |what: &str| {
        let now = fixture.store.revision().await.unwrap();
        assert!(now > last, "{what}");
        last = now;
    };
    let tenant = fixture.tenant("alpha").await;
    moved("tenant").await;
    configuration.set_tenant_active(&tenant, false).await.unwrap();
    moved("switched off").await;
    configuration.add_key(&tenant, key("second")).await.unwrap();
    moved("key").await;
    configuration.save(&definition("kpi", 1), None, at(0)).await.unwrap();
    moved("definition").await;
    configuration.save(&definition("kpi", 2), None, at(0)).await.unwrap();
    moved("version").await;
    fixture.workflow(&tenant, "kpi").await;
    moved("assignment").await;
    let agent: Agent = serde_json::from_value(json!({"id": "analyst", "model": "scripted/demo"})).unwrap();
    configuration.save(&agent, None, at(0)).await.unwrap();
    moved("agent").await;
    fixture.sql("UPDATE tenants SET is_active = true").await;
    moved("by a script").await;
    let second = fixture.second().await;
    second.configuration().set_tenant_active(&tenant, false).await.unwrap();
    moved("by another process").await;
}
