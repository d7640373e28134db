//! What policies allow.

use super::model::Model;

/// Whether the role may do `action` (`ecs:RegisterContainerInstance`) to `resource` (an ARN, or `*`).
pub fn role_allows(iam: &Model, role_name: &str, _action: &str, _resource: &str) -> bool {
    iam.role(role_name).is_some()
}
