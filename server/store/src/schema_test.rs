use magone_core::ids::TenantId;
use migration::Migrator;

use crate::connect::Patience;
use crate::error::OpenError;
use crate::fixture::{Fixture, definition};
use crate::schema::SchemaState;
use crate::store::{Store, StoreOptions};
use crate::url::DatabaseUrl;

async fn opened(path: &std::path::Path) -> Result<Store, OpenError> {
    let options =
        StoreOptions { url: DatabaseUrl::sqlite(path), pool_size: 1, patience: Patience::default() };
    Store::open(options).await
}

#[tokio::test]
async fn an_empty_database_is_brought_up_to_date_once() {
    let fixture = Fixture::bare().await;
    let steps = u32::try_from(Migrator::names().len()).unwrap();
    assert_eq!(fixture.store.schema().await.unwrap(), SchemaState::Behind(steps));
    assert_eq!(fixture.store.migrate().await.unwrap(), steps);
    assert_eq!(fixture.store.schema().await.unwrap(), SchemaState::Current);
    assert_eq!(fixture.store.migrate().await.unwrap(), 0);
    assert_eq!(fixture.store.revision().await.unwrap(), 0);
}

#[tokio::test]
async fn two_processes_that_migrate_at_once_take_turns() {
    let fixture = Fixture::bare().await;
    let open = || async {
        let url = DatabaseUrl::parse(&fixture.url).unwrap();
        Store::open(StoreOptions { url, pool_size: 1, patience: Patience::default() }).await.unwrap()
    };
    let (first, second) = (open().await, open().await);
    let (first, second) = tokio::join!(first.migrate(), second.migrate());
    let taken = [first.unwrap(), second.unwrap()];
    assert_eq!(taken.iter().sum::<u32>(), u32::try_from(Migrator::names().len()).unwrap());
    assert!(taken.contains(&0));
}

#[tokio::test]
async fn a_newer_schema_is_named_and_left_alone() {
    let fixture = Fixture::new().await;
    fixture
        .sql("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29990101_000001_future', 0)")
        .await;
    let future = "m29990101_000001_future".to_owned();
    assert_eq!(fixture.store.schema().await.unwrap(), SchemaState::TooNew(future.clone()));
    let refused = fixture.store.migrate().await.unwrap_err();
    assert_eq!(refused, OpenError::SchemaTooNew { name: future });
    assert!(refused.to_string().contains("newer version"));
}

#[tokio::test]
async fn a_place_that_cannot_be_written_is_named_in_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plain-file");
    std::fs::write(&file, "x").unwrap();
    for path in [
        folder.path().join("missing/magone.db"),
        file.join("magone.db"),
        // Nobody can make a file there, not even root.
        "/proc/self/magone.db".into(),
    ] {
        let refused = opened(&path).await.unwrap_err();
        assert!(matches!(refused, OpenError::Unwritable { .. }), "{refused:?}");
        let sentence = refused.to_string();
        assert!(sentence.contains(path.to_str().unwrap()) && !sentence.contains('\n'), "{sentence}");
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    let notes = "These are notes and certainly no database. ".repeat(200);
    std::fs::write(&path, &notes).unwrap();
    let refused = opened(&path).await.unwrap_err();
    assert_eq!(refused, OpenError::NotADatabase { path: path.display().to_string() });
    assert_eq!(std::fs::read_to_string(&path).unwrap(), notes);
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_unreachable_and_its_password_stays_secret() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = DatabaseUrl::parse(&format!("postgres://magone:hunter2@127.0.0.1:{closed}/x")).unwrap();
    let refused =
        Store::open(StoreOptions { url, pool_size: 1, patience: Patience::default() }).await.unwrap_err();
    let sentence = refused.to_string();
    assert!(matches!(refused, OpenError::Unreachable { .. }), "{sentence}");
    assert!(sentence.contains(&format!("postgres://magone@127.0.0.1:{closed}/x")), "{sentence}");
    assert!(!sentence.contains("hunter2"), "{sentence}");
}

#[tokio::test]
async fn rows_that_scripts_of_the_first_schema_insert_are_readable_and_noticed() {
    let fixture = Fixture::new().await;
    let configuration = fixture.store.configuration();
    configuration.save(&definition("kpi", 1), None, crate::fixture::at(0)).await.unwrap();
    let before = fixture.store.revision().await.unwrap();

    let prefix = "a-tenant-with-a-rather-long-short-name_live_a-tenant-with-a-rath...";
    fixture
        .sql(&format!(
            "INSERT INTO tenants (id, name, slug, api_key_hash, api_key_prefix, is_active) \
             VALUES ('6f1c', 'Long Name', 'long', 'aa11', '{prefix}', true)"
        ))
        .await;
    fixture
        .sql(
            "INSERT INTO tenant_workflows (id, tenant_id, workflow_definition_id, slug, name, is_active) \
             SELECT '7a2d', t.id, 'kpi', 'kpi-sales', 'KPI Sales', true FROM tenants t WHERE t.slug = 'long'",
        )
        .await;

    assert!(fixture.store.revision().await.unwrap() >= before + 2);
    let tenant = configuration.tenant_by_slug("long").await.unwrap().unwrap();
    assert_eq!((tenant.id.as_str(), tenant.is_active), ("6f1c", true));
    assert_eq!((tenant.rate_limit_per_minute, tenant.settings), (Some(60), serde_json::json!({})));
    let key = configuration.key_by_hash("aa11").await.unwrap().unwrap();
    assert_eq!((key.key_id, key.test, key.revoked), (None, false, false));
    let scope = fixture.store.tenant(&TenantId::from_text("6f1c"));
    let workflow = scope.workflow("kpi-sales").await.unwrap().unwrap();
    assert_eq!((workflow.id.as_str(), workflow.definition_id.as_str()), ("7a2d", "kpi"));
    assert_eq!((workflow.version, workflow.overrides, workflow.is_active), (None, None, true));
    let age = crate::clock::now().millis_since(workflow.created_at);
    assert!(age < 3_600_000, "{age}");
}
