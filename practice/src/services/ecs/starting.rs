//! What keeps a task from starting: images that do not come, roles that may not, networks that do not lead out. Follows
//! "Resolve Amazon ECS stopped task errors" and "`CannotPullContainer` task errors in Amazon ECS".

use super::initializing;
use super::model::{Cluster, ContainerDefinition, Launch, Revision, Task};
use super::{external, volumes};
use crate::core::arn::arn;
use crate::images;
use crate::network::egress;
use crate::network::endpoint::Endpoint;
use crate::services::ecr;
use crate::services::iam;
use crate::world::View;

/// A pull of what the host has already.
const CACHED_PULL_MS: i64 = 600;
/// From a refused pull until the agent gives up.
pub(super) const REFUSED_MS: i64 = 3_000;
/// The same when nothing answers: connections time out, and are tried again.
const UNANSWERED_MS: i64 = 45_000;
/// Fargate is more patient.
const FARGATE_UNANSWERED_MS: i64 = 150_000;

/// Why a task does not start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Obstacle {
    /// The container it is about, if about one.
    pub(super) container: Option<String>,
    /// `stoppedReason`.
    pub(super) reason: String,
    /// How long it takes until that is known, in AWS's milliseconds.
    pub(super) takes_ms: i64,
}

/// Who pulls, with whose rights and over which network.
pub(super) struct Puller<'v, 'w> {
    pub(super) view: &'v View<'w>,
    cluster: &'v Cluster,
    pub(super) task: &'v Task,
    pub(super) revision: &'v Revision,
}

/// The first thing that keeps a task from starting, if any.
pub(super) fn obstacle(
    view: &View<'_>,
    cluster: &Cluster,
    task: &Task,
    revision: &Revision,
) -> Option<Obstacle> {
    let puller = Puller { view, cluster, task, revision };
    let mounts = || volumes::obstacle(view, cluster, task, revision);
    let pulls = || revision.containers.iter().find_map(|container| puller.pull(container));
    initializing::roles(&puller)
        .or_else(|| initializing::secrets(&puller))
        .or_else(|| puller.registry_auth())
        .or_else(mounts)
        .or_else(pulls)
        .or_else(|| initializing::logging(&puller))
}

/// Whether a task reaches an endpoint of AWS.
pub(super) fn reaches(
    view: &View<'_>,
    cluster: &Cluster,
    task: &Task,
    revision: &Revision,
    service: &str,
) -> bool {
    Puller { view, cluster, task, revision }.reaches(Some(service))
}

/// How long the images take, in AWS's milliseconds.
pub(super) fn pull_ms(view: &View<'_>, cluster: &Cluster, task: &Task, revision: &Revision) -> i64 {
    if let Some(obstacle) = obstacle(view, cluster, task, revision) {
        return obstacle.takes_ms;
    }
    let puller = Puller { view, cluster, task, revision };
    let mut names: Vec<&str> = revision.containers.iter().map(|c| c.image.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let each = names.into_iter().map(|name| match source(view, name) {
        Ok(built_in) if !puller.is_cached(name) => {
            images::find(&built_in).map_or(CACHED_PULL_MS, |image| image.pull_ms())
        }
        _ => CACHED_PULL_MS,
    });
    each.max().unwrap_or(CACHED_PULL_MS)
}

/// The image of the catalogue that a reference comes to, or why there is none in the words of the Docker daemon.
pub(super) fn source(view: &View<'_>, reference: &str) -> Result<String, String> {
    let region = &view.region.name;
    if let Some(own) = ecr::find(&view.region.ecr, view.account, region, reference) {
        return own.map_err(|why| why.to_string());
    }
    match images::find(reference) {
        Some(_) => Ok(reference.to_owned()),
        None => Err(images::why_not(reference)),
    }
}

/// Whether a reference is that of a private ECR registry.
pub(super) fn is_ecr(reference: &str) -> bool {
    reference
        .split('/')
        .next()
        .is_some_and(|host| host.contains(".dkr.ecr.") && host.ends_with(".amazonaws.com"))
}

/// The role a task's agent acts with on its behalf, as ARN.
pub(super) fn execution_role<'t>(task: &'t Task, revision: &'t Revision) -> Option<&'t str> {
    task.overrides.execution_role_arn.as_deref().or(revision.execution_role_arn.as_deref())
}

/// Whether a role may do that; the fault AWS answers with when not. `session` names the role's session.
pub(super) fn allowed(
    view: &View<'_>,
    role_arn: &str,
    session: &str,
    action: &str,
    resource: &str,
) -> Result<(), String> {
    iam::role_allows(view, role_arn, action, resource)
        .map_err(|denied| format!("AccessDeniedException: {}", denied.message(session)))
}

/// Whether ECS can act as a role for a task; what it says when it cannot.
pub(super) fn assumable(view: &View<'_>, role_arn: &str) -> Result<(), String> {
    let tasks = view.arn("ecs", "task/*");
    if iam::service_may_assume(view, role_arn, "ecs-tasks.amazonaws.com", &tasks) {
        return Ok(());
    }
    Err(format!(
        "ECS was unable to assume the role '{role_arn}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role."
    ))
}

impl Puller<'_, '_> {
    pub(super) fn on_fargate(&self) -> bool {
        self.task.launch == Launch::Fargate
    }

    /// Whether an endpoint of AWS, or the internet for none, can be reached.
    pub(super) fn reaches(&self, service: Option<&str>) -> bool {
        let ask = |from: &Endpoint<'_>| match service {
            Some(service) => egress::to_service(self.view, from, service).is_ok(),
            None => egress::to_internet(self.view, from).is_ok(),
        };
        if self.on_fargate() {
            return Endpoint::of_task(self.view, self.task).is_some_and(|from| ask(&from));
        }
        let Some(host) = self.cluster.instances.get(&self.task.instance) else { return false };
        // A machine outside AWS has a way out of its own.
        if self.task.launch == Launch::External {
            return true;
        }
        let instance = self.view.region.ec2.instance(&host.ec2_instance);
        instance.and_then(Endpoint::of_instance).is_some_and(|from| ask(&from))
    }

    pub(super) fn unanswered_ms(&self) -> i64 {
        if self.on_fargate() { FARGATE_UNANSWERED_MS } else { UNANSWERED_MS }
    }

    /// Whose rights count, and the session's name: the execution role's, else those of the host.
    pub(super) fn identity(&self) -> Option<(String, String)> {
        if let Some(role) = execution_role(self.task, self.revision) {
            return Some((role.to_owned(), self.task.id.clone()));
        }
        let host = self.cluster.instances.get(&self.task.instance)?;
        if let Some(role) = external::role(self.view, &host.ec2_instance) {
            return Some((role, host.ec2_instance.clone()));
        }
        let profile = self.view.region.ec2.instance(&host.ec2_instance)?.profile_arn.as_deref()?;
        Some((self.view.iam.profile_role(profile)?.arn.clone(), host.ec2_instance.clone()))
    }

    /// Whether another task on the host had the image pulled. Fargate has no cache.
    fn is_cached(&self, image: &str) -> bool {
        !self.on_fargate()
            && self.cluster.tasks.values().any(|other| {
                other.instance == self.task.instance
                    && other.started_at.is_some()
                    && self
                        .view
                        .region
                        .ecs
                        .revision(&other.definition)
                        .is_some_and(|revision| revision.containers.iter().any(|c| c.image == image))
            })
    }

    /// The token for private registries comes before any pull.
    fn registry_auth(&self) -> Option<Obstacle> {
        let region = &self.view.region.name;
        let container =
            self.revision.containers.iter().find(|c| is_ecr(&c.image) && !self.is_cached(&c.image))?;
        let host = format!("api.ecr.{region}.amazonaws.com");
        if !self.reaches(Some("ecr.api")) {
            let why = format!(
                "RequestError: send request failed caused by: Post \"https://{host}/\": dial tcp 52.46.128.40:443: i/o timeout"
            );
            let reason = if self.on_fargate() {
                format!(
                    "ResourceInitializationError: unable to pull secrets or registry auth: The task cannot pull registry auth from Amazon ECR: There is a connection issue between the task and Amazon ECR. Check your task network configuration. {why}"
                )
            } else {
                format!("CannotPullECRContainerError: {why}")
            };
            return Some(Obstacle { container: None, reason, takes_ms: self.unanswered_ms() });
        }
        let arn =
            arn("ecr", region, self.view.account, &format!("repository/{}", repository(&container.image)));
        let asked = [
            ("ecr:GetAuthorizationToken", "*"),
            ("ecr:BatchGetImage", &arn),
            ("ecr:GetDownloadUrlForLayer", &arn),
        ];
        let denied = match self.identity() {
            None => Some(("", "NoCredentialProviders: no valid providers in chain".to_owned())),
            Some((role, session)) => asked.iter().find_map(|(action, resource)| {
                allowed(self.view, &role, &session, action, resource).err().map(|why| (*action, why))
            }),
        };
        let (action, why) = denied?;
        let reason = match (self.on_fargate(), action) {
            (true, "ecr:GetAuthorizationToken") => format!(
                "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve ecr registry auth: service call has been retried 1 time(s): {why}"
            ),
            (true, _) => format!(
                "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {}: pulling from host {} failed with status code [manifests {}]: 403 Forbidden: {why}",
                container.image,
                container.image.split('/').next().unwrap_or_default(),
                container.image.rsplit(':').next().unwrap_or("latest"),
            ),
            (false, _) => format!("CannotPullECRContainerError: {why}"),
        };
        let container = (action != "ecr:GetAuthorizationToken").then(|| container.name.clone());
        Some(Obstacle { container, reason, takes_ms: REFUSED_MS })
    }

    /// Why a container's image does not come, if so.
    fn pull(&self, container: &ContainerDefinition) -> Option<Obstacle> {
        let name = Some(container.name.clone());
        let of = |reason: String, takes_ms: i64| Some(Obstacle { container: name.clone(), reason, takes_ms });
        let missing = source(self.view, &container.image).err();
        if missing.is_none() && self.is_cached(&container.image) {
            return None;
        }
        let reached = if is_ecr(&container.image) {
            self.reaches(Some("ecr.dkr")) && self.reaches(Some("s3"))
        } else {
            self.reaches(None)
        };
        let reference = canonical(&container.image);
        // What can never be a reference is known without a network.
        if !reached && !missing.as_ref().is_some_and(|why| why.starts_with("invalid reference")) {
            let (registry, path, tag) = parts(&reference);
            let registry = if registry == "docker.io" { "registry-1.docker.io" } else { registry };
            let reason = if self.on_fargate() {
                format!(
                    "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref {reference}: failed to do request: Head \"https://{registry}/v2/{path}/manifests/{tag}\": dial tcp 54.236.113.205:443: i/o timeout"
                )
            } else {
                format!(
                    "CannotPullContainerError: Error response from daemon: Get \"https://{registry}/v2/\": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)"
                )
            };
            return of(reason, self.unanswered_ms());
        }
        let why = missing?;
        let reason = if !self.on_fargate() || why.starts_with("invalid reference") {
            format!("CannotPullContainerError: Error response from daemon: {why}")
        } else if why.contains("manifest") || is_ecr(&container.image) {
            format!(
                "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {reference}: {reference}: not found"
            )
        } else {
            format!(
                "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {reference}: pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed"
            )
        };
        of(reason, REFUSED_MS)
    }
}

/// The repository in a reference with a registry.
fn repository(reference: &str) -> &str {
    let path = reference.split_once('/').map_or(reference, |(_, path)| path);
    let path = path.split('@').next().unwrap_or(path);
    path.rsplit_once(':').map_or(path, |(path, _)| path)
}

/// A reference as containerd writes it: `docker.io/library/nginx:latest`.
fn canonical(reference: &str) -> String {
    let (host, path) = match reference.split_once('/') {
        Some((host, path)) if host.contains('.') || host.contains(':') => (host, path.to_owned()),
        Some(_) => ("docker.io", reference.to_owned()),
        None => ("docker.io", format!("library/{reference}")),
    };
    let tagged = path.contains('@') || path.rsplit('/').next().is_some_and(|last| last.contains(':'));
    if tagged { format!("{host}/{path}") } else { format!("{host}/{path}:latest") }
}

/// Registry, path and tag (or digest) of a canonical reference.
fn parts(canonical: &str) -> (&str, &str, &str) {
    let (registry, rest) = canonical.split_once('/').unwrap_or(("", canonical));
    let (path, tag) = rest.split_once('@').or_else(|| rest.rsplit_once(':')).unwrap_or((rest, "latest"));
    (registry, path, tag)
}
