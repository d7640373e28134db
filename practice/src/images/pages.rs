//! The pages that images bring along.

/// Served by nginx.
pub(super) const NGINX: &str = "<!DOCTYPE html>\n<html>\n<head>\n<title>Welcome to nginx!</title>\n</head>\n<body>\n<h1>Welcome to nginx!</h1>\n<p>The web server runs, and nobody has given it a page yet.</p>\n</body>\n</html>\n";

/// Served by Apache.
pub(super) const HTTPD: &str = "<html><body><h1>It works!</h1></body></html>\n";

/// Served by AWS's sample image.
pub(super) const ECS_SAMPLE: &str = "<!DOCTYPE html>\n<html>\n<head>\n<title>Simple PHP App</title>\n</head>\n<body>\n<h1>Simple PHP App</h1>\n<h2>Congratulations</h2>\n<p>Your application is now running on a container in Amazon ECS.</p>\n</body>\n</html>\n";
