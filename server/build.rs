//! The console's files are embedded: a new build of them is a reason to build the server anew.

fn main() {
    println!("cargo:rerun-if-changed=../target/site/console/pkg");
}
