//! `restJson1`: a method and a path mean an operation; its labels and query members join the body in one tree.
//! Follows "AWS restJson1 protocol" (Smithy 2.0). The one service that speaks it here is Amazon EFS.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use crate::core::fault::Fault;

/// Most query parameters read.
const MAX_PARAMETERS: usize = 200;
/// The service whose paths begin with its version.
pub const SERVICE: &str = "elasticfilesystem";
const ROOT: &str = "/2015-02-01/";

/// Method, path below the root with `{Label}`s, operation, status of success.
type Route = (&'static str, &'static str, &'static str, u16);

const ROUTES: [Route; 31] = [
    ("POST", "access-points", "CreateAccessPoint", 200),
    ("GET", "access-points", "DescribeAccessPoints", 200),
    ("DELETE", "access-points/{AccessPointId}", "DeleteAccessPoint", 204),
    ("GET", "account-preferences", "DescribeAccountPreferences", 200),
    ("PUT", "account-preferences", "PutAccountPreferences", 200),
    ("POST", "create-tags/{FileSystemId}", "CreateTags", 204),
    ("POST", "delete-tags/{FileSystemId}", "DeleteTags", 204),
    ("POST", "file-systems", "CreateFileSystem", 201),
    ("GET", "file-systems", "DescribeFileSystems", 200),
    ("GET", "file-systems/replication-configurations", "DescribeReplicationConfigurations", 200),
    ("PUT", "file-systems/{FileSystemId}", "UpdateFileSystem", 202),
    ("DELETE", "file-systems/{FileSystemId}", "DeleteFileSystem", 204),
    ("GET", "file-systems/{FileSystemId}/backup-policy", "DescribeBackupPolicy", 200),
    ("PUT", "file-systems/{FileSystemId}/backup-policy", "PutBackupPolicy", 200),
    ("GET", "file-systems/{FileSystemId}/lifecycle-configuration", "DescribeLifecycleConfiguration", 200),
    ("PUT", "file-systems/{FileSystemId}/lifecycle-configuration", "PutLifecycleConfiguration", 200),
    ("GET", "file-systems/{FileSystemId}/policy", "DescribeFileSystemPolicy", 200),
    ("PUT", "file-systems/{FileSystemId}/policy", "PutFileSystemPolicy", 200),
    ("DELETE", "file-systems/{FileSystemId}/policy", "DeleteFileSystemPolicy", 200),
    ("PUT", "file-systems/{FileSystemId}/protection", "UpdateFileSystemProtection", 200),
    (
        "POST",
        "file-systems/{SourceFileSystemId}/replication-configuration",
        "CreateReplicationConfiguration",
        200,
    ),
    (
        "DELETE",
        "file-systems/{SourceFileSystemId}/replication-configuration",
        "DeleteReplicationConfiguration",
        204,
    ),
    ("POST", "mount-targets", "CreateMountTarget", 200),
    ("GET", "mount-targets", "DescribeMountTargets", 200),
    ("DELETE", "mount-targets/{MountTargetId}", "DeleteMountTarget", 204),
    ("GET", "mount-targets/{MountTargetId}/security-groups", "DescribeMountTargetSecurityGroups", 200),
    ("PUT", "mount-targets/{MountTargetId}/security-groups", "ModifyMountTargetSecurityGroups", 204),
    ("GET", "resource-tags/{ResourceId}", "ListTagsForResource", 200),
    ("POST", "resource-tags/{ResourceId}", "TagResource", 200),
    ("DELETE", "resource-tags/{ResourceId}", "UntagResource", 200),
    ("GET", "tags/{FileSystemId}", "DescribeTags", 200),
];
/// Query parameters that may be repeated, with the member they fill.
const LISTS: [(&str, &str); 1] = [("tagKeys", "TagKeys")];

/// Whether a path is one of this protocol's.
pub fn is_rest(path: &str) -> bool {
    path.starts_with(ROOT)
}

/// The operation a request means, and its input as a tree. Members come from the path, then from the query string,
/// then from the body, the first of a name counting.
pub fn decode(method: &str, path: &str, query: &str, body: &[u8]) -> Result<(String, Value), Fault> {
    let unknown = || Fault::new("UnknownOperationException", "").with_status(404);
    let below = path.strip_prefix(ROOT).ok_or_else(unknown)?.trim_end_matches('/');
    let mut found = ROUTES.iter().filter(|(wanted, ..)| *wanted == method);
    let (name, mut members) = found
        .find_map(|(_, template, name, _)| Some((*name, labels(template, below)?)))
        .ok_or_else(unknown)?;
    for (at, pair) in query.split('&').filter(|pair| !pair.is_empty()).enumerate() {
        if at >= MAX_PARAMETERS {
            return Err(Fault::new("BadRequest", "The query string has too many parameters."));
        }
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (key, value) = (text(key)?, Value::String(text(value)?));
        if let Some((_, member)) = LISTS.iter().find(|(parameter, _)| *parameter == key) {
            let list = members.entry(*member).or_insert_with(|| Value::Array(Vec::new()));
            if let Some(items) = list.as_array_mut() {
                items.push(value);
            }
        } else {
            members.entry(key).or_insert(value);
        }
    }
    if !body.is_empty() {
        let malformed = || Fault::new("BadRequest", "The request body is not valid JSON.");
        let tree: Value = serde_json::from_slice(body).map_err(|_| malformed())?;
        let Value::Object(given) = tree else { return Err(malformed()) };
        for (key, value) in given {
            members.entry(key).or_insert(value);
        }
    }
    Ok((name.to_owned(), Value::Object(members)))
}

/// HTTP status of an operation's success.
pub fn status(operation: &str) -> u16 {
    ROUTES.iter().find(|(_, _, name, _)| *name == operation).map_or(200, |(.., status)| *status)
}

/// The labels of a path, if it is of that template. A label may hold an encoded slash, as in an ARN.
fn labels(template: &str, path: &str) -> Option<Map<String, Value>> {
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    let mut labels = Map::new();
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(labels),
            (Some(part), Some(segment)) => {
                match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
                    Some(label) if !segment.is_empty() => {
                        labels.insert(label.to_owned(), Value::String(text(segment).ok()?));
                    }
                    None if part == segment => {}
                    _ => return None,
                }
            }
            _ => return None,
        }
    }
}

fn text(encoded: &str) -> Result<String, Fault> {
    let spaced = encoded.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8();
    decoded.map(Into::into).map_err(|_| Fault::new("BadRequest", "The request is not valid UTF-8."))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_is_an_operation_with_labels_query_and_body() {
        let (name, tree) = decode(
            "PUT",
            "/2015-02-01/mount-targets/fsmt-1/security-groups",
            "",
            br#"{"SecurityGroups":["sg-1"]}"#,
        )
        .unwrap();
        assert_eq!(name, "ModifyMountTargetSecurityGroups");
        assert_eq!(tree, json!({"MountTargetId": "fsmt-1", "SecurityGroups": ["sg-1"]}));
        assert_eq!(status(&name), 204);
        let (name, tree) =
            decode("GET", "/2015-02-01/file-systems", "MaxItems=3&FileSystemId=fs-1", b"").unwrap();
        assert_eq!(name, "DescribeFileSystems");
        assert_eq!(tree, json!({"MaxItems": "3", "FileSystemId": "fs-1"}));
        let arn = "/2015-02-01/resource-tags/arn%3Aaws%3Ax%2Ffs-1";
        let (name, tree) = decode("DELETE", arn, "tagKeys=a%20b&tagKeys=c", b"").unwrap();
        assert_eq!(name, "UntagResource");
        assert_eq!(tree, json!({"ResourceId": "arn:aws:x/fs-1", "TagKeys": ["a b", "c"]}));
        assert_eq!(decode("GET", "/2015-02-01/tags/fs-1/", "", b"").unwrap().0, "DescribeTags");
    }

    #[test]
    fn what_is_no_operation_is_refused() {
        for (method, path, body, code) in [
            ("PATCH", "/2015-02-01/file-systems", "", "UnknownOperationException"),
            ("GET", "/2015-02-01/files", "", "UnknownOperationException"),
            ("DELETE", "/2015-02-01/file-systems/", "", "UnknownOperationException"),
            ("POST", "/2015-02-01/file-systems", "[1]", "BadRequest"),
            ("POST", "/2015-02-01/file-systems", "{", "BadRequest"),
        ] {
            assert_eq!(decode(method, path, "", body.as_bytes()).unwrap_err().code, code, "{method} {path}");
        }
        let long = "a=&".repeat(MAX_PARAMETERS + 1);
        assert_eq!(decode("GET", "/2015-02-01/file-systems", &long, b"").unwrap_err().code, "BadRequest");
        assert_eq!(decode("GET", "/2015-02-01/file-systems", "a=%ff", b"").unwrap_err().code, "BadRequest");
    }
}
