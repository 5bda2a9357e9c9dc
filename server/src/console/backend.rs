//! The console's backend over the use-cases.

use app::backend::{Answer, ConsoleBackend, NewOwner, SessionToken, Visitor};
use app::wire::{
    Admin, ConsoleError, EVENTS_WITH_PAGE, Example, ExecutionDetail, ExecutionPage, ExecutionQuery,
    ExecutionRow, ROWS_PER_PAGE,
};
use magone_core::error::ErrorCode;
use magone_core::execution::ExecutionView;
use magone_core::ids::ExecutionId;
use magone_core::tenant::Tenant;
use magone_core::workflow::Definition;
use magone_service::{AdminCaller, ServiceError, Services, SignedIn};
use magone_store::AdminFilter;

use crate::problem::Problem;
use crate::state::AppState;
use crate::throttle::Throttle;

/// Tries to sign in that one address has in a minute.
const SIGN_INS: u32 = 10;

pub(super) struct Backend {
    state: AppState,
    api_url: String,
    throttle: Throttle,
}

impl Backend {
    pub(super) fn new(state: AppState, api_url: String) -> Self {
        Self { state, api_url, throttle: Throttle::new(SIGN_INS) }
    }

    fn call<'a, T, F, W>(&'a self, work: F) -> Answer<'a, T>
    where
        T: Send + 'static,
        F: FnOnce(Services) -> W + Send + 'a,
        W: Future<Output = Result<T, ServiceError>> + Send + 'static,
    {
        let work = work(self.state.services.clone());
        Box::pin(async move { self.state.call(work).await.map_err(told) })
    }
}

/// The public face of a problem; the internal one is logged here.
pub(super) fn told(problem: Problem) -> ConsoleError {
    if let Some(chain) = &problem.internal {
        tracing::error!(error.code = problem.code.as_str(), error.chain = %chain, "console request failed");
    }
    ConsoleError::new(problem.code, problem.detail)
}

/// One row of a list.
pub(super) fn row(tenant: &Tenant, view: &ExecutionView) -> ExecutionRow {
    ExecutionRow {
        id: view.execution_id.clone(),
        tenant_slug: tenant.slug.clone(),
        tenant_name: tenant.name.clone(),
        workflow_slug: view.workflow_slug.clone(),
        workflow_version: view.metadata.workflow_version,
        status: view.status,
        state: view.state,
        code: view.code.clone(),
        progress: view.progress.clone(),
        created_at: view.created_at,
        started_at: view.started_at,
        completed_at: view.completed_at,
    }
}

fn token(signed_in: &SignedIn) -> SessionToken {
    SessionToken::new(signed_in.secret.clone())
}

/// The caller behind an admin that this backend itself handed out a moment ago.
async fn caller(services: &Services, admin: &Admin) -> Result<AdminCaller, ServiceError> {
    services.admin_caller(&admin.id).await
}

impl ConsoleBackend for Backend {
    fn setup_needed(&self) -> Answer<'_, bool> {
        self.call(|services| async move { services.setup_needed().await })
    }

    fn create_owner(&self, _: Visitor, owner: NewOwner) -> Answer<'_, SessionToken> {
        let NewOwner { token: link, email, name, password } = owner;
        let owner = magone_service::NewOwner { token: link, email, name, password };
        self.call(|services| async move { Ok(token(&services.create_owner(owner).await?)) })
    }

    fn login(&self, visitor: Visitor, email: String, password: String) -> Answer<'_, SessionToken> {
        if self.throttle.count(visitor.address).is_err() {
            let sentence = "Too many attempts to sign in. Wait a minute and try again.";
            let refused = ConsoleError::new(ErrorCode::RateLimited, sentence);
            return Box::pin(std::future::ready(Err(refused)));
        }
        self.call(|services| async move { Ok(token(&services.sign_in(&email, password).await?)) })
    }

    fn logout(&self, session: SessionToken) -> Answer<'_, ()> {
        self.call(|services| async move { services.sign_out(session.expose()).await })
    }

    fn admin(&self, session: SessionToken) -> Answer<'_, Option<Admin>> {
        self.call(|services| async move {
            let found = services.signed_in(session.expose()).await?;
            Ok(found.map(|account| Admin { id: account.id, email: account.email, name: account.name }))
        })
    }

    fn executions(&self, admin: Admin, query: ExecutionQuery) -> Answer<'_, ExecutionPage> {
        let api_url = self.api_url.clone();
        self.call(|services| async move {
            let caller = caller(&services, &admin).await?;
            let first_page = query.cursor.is_none();
            let cursor = query.cursor.map(ExecutionId::from_text);
            let (statuses, text) = (query.filter.statuses, query.filter.text);
            let filter = AdminFilter { statuses, text, ..AdminFilter::default() };
            let page = services.all_executions(&caller, &filter, cursor, ROWS_PER_PAGE).await?;
            let rows: Vec<_> = page.rows.iter().map(|found| row(&found.tenant, &found.view)).collect();
            let none_at_all = rows.is_empty() && first_page && filter == AdminFilter::default();
            let example = match none_at_all {
                true => {
                    let definitions = services.documents::<Definition>(&caller).await?;
                    let workflow_slug = definitions.into_iter().next().map(|definition| definition.id);
                    Some(Example { api_url, workflow_slug })
                }
                false => None,
            };
            Ok(ExecutionPage { rows, next_cursor: page.next_cursor.map(String::from), example })
        })
    }

    fn execution(&self, admin: Admin, id: ExecutionId) -> Answer<'_, ExecutionDetail> {
        self.call(|services| async move {
            let caller = caller(&services, &admin).await?;
            let found = services.any_execution(&caller, &id).await?;
            let events = services.any_events(&caller, &id, 0, EVENTS_WITH_PAGE).await?;
            Ok(ExecutionDetail {
                view: found.view,
                tenant_slug: found.tenant.slug,
                tenant_name: found.tenant.name,
                events,
            })
        })
    }
}
