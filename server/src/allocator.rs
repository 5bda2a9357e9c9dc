//! The allocator of the whole process. Events, projections and rows are many small values that are
//! made on one thread and dropped on another; the system's allocator locks for that.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
