//! What containers write to their standard output, and the `awslogs` driver passes on: all of it at the start of the
//! container, for nothing is executed. Follows "Send Amazon ECS logs to `CloudWatch`". Not here: the rounds of a loop
//! after its first, and what Sock Shop's services write of each request, see [`super::shop`].

use super::dial::{Dialer, render};
use crate::core::id::mix;
use crate::images;
use crate::services::ecs::{self, tasks};
use crate::services::logs;
use crate::world::Scope;

/// A container of a task has begun: its lines go to its log stream, if it has one.
pub(crate) fn begun(scope: &mut Scope<'_>, cluster: &str, task: &str, container: &str) {
    let view = scope.view();
    let model = &view.region.ecs;
    let found = model.clusters.get(cluster).and_then(|cluster| Some((cluster, cluster.tasks.get(task)?)));
    let Some((cluster, task)) = found else { return };
    let Some(at) = model.containers_of(cluster, task).find(|at| at.container.name == container) else {
        return;
    };
    let Some((group, stream)) = ecs::log_stream(&view, task, at.definition) else { return };
    let lines = tasks::with_start(task, at.definition, images::says).unwrap_or_default();
    // Composed at the start of the container, by nobody's request.
    let entropy = at.container.id.bytes().fold(1, |hash, byte| mix(hash ^ u64::from(byte)));
    let mut dialer = Dialer::new(&view, entropy);
    let lines = lines.iter().map(|pieces| {
        let answers = dialer.ask(&at, pieces);
        render(&at, pieces, &answers)
    });
    let now = scope.now;
    let entries: Vec<_> = lines.filter(|line| !line.is_empty()).map(|line| (now, line)).collect();
    logs::append(&mut scope.region.logs, &group, &stream, entries.into_iter(), now);
}
