//! The console's backend over the made-up world.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use app::backend::{Answer, ConsoleBackend, NewOwner, SessionToken, Visitor};
use app::wire::{
    Admin, ConsoleError, Example, ExecutionDetail, ExecutionPage, ExecutionQuery, ROWS_PER_PAGE,
};
use magone_core::error::ErrorCode;
use magone_core::ids::{AdminId, ExecutionId};

use crate::world::World;

/// The backend.
pub struct Preview {
    world: Arc<World>,
    new: AtomicBool,
}

impl Preview {
    /// Over `world`; `new` when there is no account yet.
    pub fn new(world: Arc<World>, new: bool) -> Self {
        Self { world, new: AtomicBool::new(new) }
    }

    fn page(&self, query: &ExecutionQuery) -> ExecutionPage {
        let size = usize::try_from(ROWS_PER_PAGE).unwrap_or(usize::MAX);
        let cursor = query.cursor.as_deref();
        let ids = self.world.ids().into_iter().filter(|id| cursor.is_none_or(|cursor| id.as_str() < cursor));
        let fitting = ids.filter_map(|id| self.world.row(&id)).filter(|row| query.filter.matches(row));
        let mut rows: Vec<_> = fitting.take(size + 1).collect();
        let more = rows.len() > size;
        rows.truncate(size);
        let next_cursor = rows.last().filter(|_| more).map(|row| row.id.to_string());
        let example = self.world.ids().is_empty().then(|| Example {
            api_url: "http://127.0.0.1:8000".into(),
            workflow_slug: Some("kpi-sales".into()),
        });
        ExecutionPage { rows, next_cursor, example }
    }
}

fn token(password: &str, wrong: &str) -> Result<SessionToken, ConsoleError> {
    if password.chars().count() < 12 {
        return Err(ConsoleError::new(ErrorCode::KeyInvalid, wrong));
    }
    Ok(SessionToken::new("preview"))
}

impl ConsoleBackend for Preview {
    fn setup_needed(&self) -> Answer<'_, bool> {
        Box::pin(async { Ok(self.new.load(Ordering::Relaxed)) })
    }

    fn create_owner(&self, _visitor: Visitor, owner: NewOwner) -> Answer<'_, SessionToken> {
        Box::pin(async move {
            let session = token(&owner.password, "The password is too short.")?;
            self.new.store(false, Ordering::Relaxed);
            Ok(session)
        })
    }

    fn login(&self, _visitor: Visitor, _email: String, password: String) -> Answer<'_, SessionToken> {
        Box::pin(async move { token(&password, "Email and password do not fit together.") })
    }

    fn logout(&self, _session: SessionToken) -> Answer<'_, ()> {
        Box::pin(async { Ok(()) })
    }

    fn admin(&self, session: SessionToken) -> Answer<'_, Option<Admin>> {
        Box::pin(async move {
            Ok((session.expose() == "preview").then(|| Admin {
                id: AdminId::from_text("adm_preview"),
                email: "ada@example.com".into(),
                name: "Ada Lovelace".into(),
            }))
        })
    }

    fn executions(&self, _admin: Admin, query: ExecutionQuery) -> Answer<'_, ExecutionPage> {
        Box::pin(async move {
            if query.filter.text.as_deref() == Some("fail please") {
                return Err(ConsoleError::new(
                    ErrorCode::Overloaded,
                    "The server has more to do than it can.",
                ));
            }
            Ok(self.page(&query))
        })
    }

    fn execution(&self, _admin: Admin, id: ExecutionId) -> Answer<'_, ExecutionDetail> {
        Box::pin(async move {
            let missing = || ConsoleError::new(ErrorCode::NotFound, format!("Execution '{id}' not found"));
            self.world.detail(&id).ok_or_else(missing)
        })
    }
}
