//! The server programs of images.

use super::commands::number;
use super::{Builtin, Flow, Shell, Text};
use crate::images::sock_shop::{self, Kind};
use crate::images::{Serves, pages};

/// Where servers look for their pages, in the order in which they are tried.
const HTTPD_ROOTS: &[&str] = &["/usr/local/apache2/htdocs"];
const NGINX_ROOTS: &[&str] = &["/usr/share/nginx/html", "/etc/nginx/html"];
const SAMPLE_ROOTS: &[&str] =
    &["/var/www/my-vhosts", "/var/www/html", "/usr/local/apache2/htdocs", "/usr/share/nginx/html"];

impl Shell<'_> {
    /// A server program of the image, or a command that is not there.
    pub(super) fn server(&mut self, name: &str, arguments: &[Text]) -> Flow {
        let has =
            |wanted: &str| arguments.iter().any(|a| a.known().is_some_and(|text| text.contains(wanted)));
        let site = |roots: &[&str], page: &str| Serves::Files {
            roots: roots.iter().map(|root| (*root).to_owned()).collect(),
            front: page.to_owned(),
        };
        let (least_mib, banner): (i64, &[&str]) = match self.image {
            Builtin::Redis => (8, pages::REDIS_SAYS),
            Builtin::HitCounter => (24, pages::FLASK_SAYS),
            Builtin::Nginx => (8, pages::NGINX_SAYS),
            Builtin::Httpd | Builtin::EcsSample => (16, pages::HTTPD_SAYS),
            Builtin::Shop(kind) => return self.shop(kind, name, arguments),
            Builtin::Shell | Builtin::Python | Builtin::Stress => (0, &[]),
        };
        let (port, serves) = match (self.image, name) {
            (Builtin::Redis, "redis-server") => {
                let at = arguments.iter().position(|a| a.known() == Some("--port"));
                let port = at.and_then(|at| arguments.get(at + 1)).and_then(number);
                (port.and_then(|p| u16::try_from(p).ok()).unwrap_or(6379), Serves::Redis)
            }
            (Builtin::HitCounter, "python" | "python2" | "python3") if has("app.py") => {
                (5000, Serves::HitCounter { redis: "redis".to_owned() })
            }
            (Builtin::Nginx, "nginx") if has("daemon off") => (80, site(NGINX_ROOTS, pages::NGINX)),
            // It puts itself into the background, and the container ends.
            (Builtin::Nginx, "nginx") => return Flow::Next(0),
            (Builtin::Httpd, "httpd-foreground") => (80, site(HTTPD_ROOTS, pages::HTTPD)),
            (Builtin::EcsSample, "httpd-foreground" | "apache2" | "nginx") => {
                (80, site(SAMPLE_ROOTS, pages::ECS_SAMPLE))
            }
            (Builtin::Shell, "httpd") if self.has_httpd => return self.httpd(arguments),
            _ => return Flow::Next(127),
        };
        if let Some(flow) = self.uses(least_mib) {
            return flow;
        }
        self.banner = banner;
        self.serve(port, serves);
        Flow::Stays
    }

    /// A program of Sock Shop.
    fn shop(&mut self, kind: Kind, name: &str, arguments: &[Text]) -> Flow {
        let words: Vec<&str> = arguments.iter().filter_map(Text::known).collect();
        let Some(running) = sock_shop::program(kind, name, &words, self.environment) else {
            return Flow::Next(127);
        };
        if let Some(flow) = self.uses(running.least_mib) {
            return flow;
        }
        self.banner = running.banner;
        self.elapsed_ms = self.elapsed_ms.saturating_add(running.after_ms);
        for (port, serves) in running.listeners {
            self.serve(port, serves);
        }
        running.exit.map_or(Flow::Stays, Flow::Next)
    }

    /// busybox's `httpd [-f] [-v] [-p [IP:]PORT] [-h HOME]`. Without `-f` it puts itself into the background.
    fn httpd(&mut self, arguments: &[Text]) -> Flow {
        let (mut port, mut home, mut foreground) = (80, ".".to_owned(), false);
        let mut arguments = arguments.iter().map(|argument| argument.known().unwrap_or_default());
        while let Some(argument) = arguments.next() {
            let Some(flags) = argument.strip_prefix('-') else { return Flow::Next(1) };
            for (at, flag) in flags.char_indices() {
                match flag {
                    'f' => foreground = true,
                    'v' | 'i' => {}
                    // Flags with a value: attached, or the next argument.
                    'p' | 'h' | 'c' | 'u' | 'r' => {
                        let attached = flags.get(at + 1..).filter(|value| !value.is_empty());
                        let Some(value) = attached.or_else(|| arguments.next()) else { return Flow::Next(1) };
                        match (flag, value.rsplit(':').next().unwrap_or_default().parse()) {
                            ('p', Ok(number)) => port = number,
                            ('p', Err(_)) => return Flow::Next(1),
                            ('h', _) => value.clone_into(&mut home),
                            _ => {}
                        }
                        break;
                    }
                    _ => return Flow::Next(1),
                }
            }
        }
        let root = self.files.absolute(&home);
        self.serve(port, Serves::Files { roots: vec![root], front: String::new() });
        if foreground { Flow::Stays } else { Flow::Next(0) }
    }
}
