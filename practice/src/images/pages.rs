//! The pages that images bring along.

/// Served by nginx.
pub(super) const NGINX: &str = "<!DOCTYPE html>\n<html>\n<head>\n<title>Welcome to nginx!</title>\n</head>\n<body>\n<h1>Welcome to nginx!</h1>\n<p>The web server runs, and nobody has given it a page yet.</p>\n</body>\n</html>\n";

/// Served by Apache.
pub(super) const HTTPD: &str = "<html><body><h1>It works!</h1></body></html>\n";

/// Served by AWS's sample image.
pub(super) const ECS_SAMPLE: &str = "<!DOCTYPE html>\n<html>\n<head>\n<title>Simple PHP App</title>\n</head>\n<body>\n<h1>Simple PHP App</h1>\n<h2>Congratulations</h2>\n<p>Your application is now running on a container in Amazon ECS.</p>\n</body>\n</html>\n";

/// What nginx's image writes at its start.
pub(super) const NGINX_SAYS: &[&str] = &[
    "/docker-entrypoint.sh: /docker-entrypoint.d/ is not empty, will attempt to perform configuration",
    "/docker-entrypoint.sh: Configuration complete; ready for start up",
    "[notice] 1#1: using the \"epoll\" event method",
    "[notice] 1#1: start worker processes",
];
/// What Apache writes at its start.
pub(super) const HTTPD_SAYS: &[&str] = &[
    "AH00558: httpd: Could not reliably determine the server's fully qualified domain name. Set the 'ServerName' directive globally to suppress this message",
    "[mpm_event:notice] AH00489: Apache configured -- resuming normal operations",
    "[core:notice] AH00094: Command line: 'httpd -D FOREGROUND'",
];
/// What redis writes at its start.
pub(super) const REDIS_SAYS: &[&str] = &[
    "1:C * oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo",
    "1:M * Running mode=standalone, port=6379.",
    "1:M * Ready to accept connections tcp",
];
/// What Flask writes at its start.
pub(super) const FLASK_SAYS: &[&str] = &[" * Running on http://0.0.0.0:5000/"];
