use super::*;
use crate::images::Serves;

fn run(script: &str, environment: &[(&str, &str)]) -> Reading {
    let environment =
        environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect::<BTreeMap<_, _>>();
    let argv = ["sh", "-c", script].map(str::to_owned);
    let image = crate::images::find("alpine").unwrap();
    let start = Start {
        image,
        entry_point: &[],
        command: &[],
        environment: &environment,
        memory_mib: None,
        loaded: None,
    };
    read(&start, &argv)
}

fn text(pieces: &[Piece]) -> String {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::OwnAddress => "<ip>".to_owned(),
            Piece::Dialed { host, port, .. } => format!("<{host}:{port}>"),
            Piece::Length(inner) => format!("<length of {}>", text(inner)),
        })
        .collect()
}

fn served(reading: &Reading) -> Vec<(u16, i64, String)> {
    let of = |listener: &Listener| match &listener.serves {
        Serves::Text(pieces) => (listener.port, listener.ready_ms, text(pieces)),
        other => (listener.port, listener.ready_ms, format!("{other:?}")),
    };
    reading.listeners.iter().map(of).collect()
}

#[test]
fn a_data_producer_is_known_by_what_it_does() {
    for script in [
        "while true; do IP=`hostname -i | awk '{ print $1 }'`; echo \"Hi, this is the data producer in $IP\" | nc -q 0 -l -p 4540; done",
        "while :\ndo\n  echo \"Hi, this is the data producer in $(hostname -i | cut -d ' ' -f 1)\" | nc -lp 4540 -q0\ndone",
        "until false; do printf 'Hi, this is the data producer in %s\\n' \"$(hostname -i)\" | netcat -l 0.0.0.0 4540; done",
    ] {
        let reading = run(script, &[]);
        assert_eq!(reading.exit, None, "{script}");
        assert_eq!(
            served(&reading),
            [(4540, 0, "Hi, this is the data producer in <ip>\n".to_owned())],
            "{script}"
        );
    }
}

#[test]
fn an_http_server_asks_first_and_listens_then() {
    let script = "sleep 7; while true; do M=$(nc \"$NAME\" 4540); P=\"<h1>$M</h1>\"; printf 'HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n%s' \"${#P}\" \"$P\" | nc -q 0 -l -p 80; done";
    let reading = run(script, &[("NAME", "dataproducer")]);
    assert_eq!(
        served(&reading),
        [(
            80,
            7000,
            "HTTP/1.1 200 OK\r\nContent-Length: <length of <h1><dataproducer:4540></h1>>\r\n\r\n<h1><dataproducer:4540></h1>"
                .to_owned()
        )]
    );
    assert!(served(&run(script, &[]))[0].2.ends_with("\r\n\r\n<h1></h1>"), "an unset name asks nobody");
}

#[test]
fn what_is_no_server_ends_as_a_shell_does() {
    for (script, exit) in [
        ("echo hello", Some(0)),
        ("serve-forever", Some(127)),
        ("serve-forever; true", Some(0)),
        ("set -e; serve-forever; sleep infinity", Some(127)),
        ("exit 3; sleep infinity", Some(3)),
        ("false || exit 4", Some(4)),
        ("true && false", Some(1)),
        ("if [ -z \"$X\" ]; then exit 5; else sleep infinity; fi", Some(5)),
        ("while true; do sleep 1; done", None),
        ("while true; do break; done; exit 6", Some(6)),
        ("tail -f /dev/null", None),
        ("nc -l -p 80 & wait", None),
        ("nc -l -p 80 &", Some(0)),
        ("echo \"unclosed", Some(2)),
        ("while true; do", Some(2)),
        ("exec sh -c 'exit 7'", Some(7)),
    ] {
        assert_eq!(run(script, &[]).exit, exit, "{script}");
    }
    assert_eq!(run("sleep 90; exit 1", &[]).after_ms, 90_000);
}

#[test]
fn hostile_scripts_end() {
    let doubling = format!("A=x{}", "; A=$A$A".repeat(5_000));
    let nested = format!("{}true{}", "(".repeat(10_000), ")".repeat(10_000));
    let substituted = format!("echo {}x{}", "$(echo ".repeat(3_000), ")".repeat(3_000));
    let lengths = format!("A=$(nc a 1){}", "; A=${#A}${#A}".repeat(3_000));
    let loops = "while true; do ".repeat(500);
    for script in
        [doubling, nested, substituted, lengths, loops, "\\".to_owned(), "$(".to_owned(), "x".repeat(100_000)]
    {
        let _ = run(&script, &[]);
    }
}

fn written(script: &str) -> Vec<(String, String)> {
    let writes = run(script, &[]).writes;
    let change = |change: &crate::images::Change| match change {
        crate::images::Change::Replace(pieces) => format!("= {}", text(pieces)),
        crate::images::Change::Append(pieces) => format!("+ {}", text(pieces)),
        crate::images::Change::Remove => "gone".to_owned(),
    };
    writes.iter().map(|write| (write.path.clone(), change(&write.change))).collect()
}

#[test]
fn what_a_script_writes_to_files_is_known() {
    for (script, expected) in [
        ("echo hello > /a", vec![("/a", "= hello\n")]),
        ("cd /srv; echo $(hostname -i) >> ./log/../x", vec![("/srv/x", "+ <ip>\n")]),
        ("{ echo a; echo b; } > /f", vec![("/f", "= a\nb\n")]),
        ("if true; then echo a; fi >> /f", vec![("/f", "+ a\n")]),
        ("echo a | tee -a /f > /dev/null", vec![("/f", "+ a\n")]),
        ("echo a > /f; cat /f /f > /g; rm /f", vec![("/f", "= a\n"), ("/g", "= a\na\n"), ("/f", "gone")]),
        ("> /f", vec![("/f", "= ")]),
        ("echo seen > /dev/stdout; echo x 2> /e", vec![]),
        ("cat /nothing || echo none > /f", vec![("/f", "= none\n")]),
        (
            "[ -f /f ] || echo first > /f; [ ! -f /f ] || echo second >> /f",
            vec![("/f", "= first\n"), ("/f", "+ second\n")],
        ),
    ] {
        let expected: Vec<(String, String)> =
            expected.into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
        assert_eq!(written(script), expected, "{script}");
    }
    let many = "echo 0123456789012345678901234567890123456789 >> /f\n".repeat(200);
    assert_eq!(written(&many).len(), 64, "bounded");
}

#[test]
fn httpd_is_a_program_of_busybox() {
    let of = |image: &str, script: &str| {
        let (environment, argv) = (BTreeMap::new(), ["sh", "-c", script].map(str::to_owned));
        let image = crate::images::find(image).unwrap();
        let start = Start {
            image,
            entry_point: &[],
            command: &[],
            environment: &environment,
            memory_mib: None,
            loaded: None,
        };
        let reading = read(&start, &argv);
        let listeners: Vec<(u16, i64)> = reading.listeners.iter().map(|l| (l.port, l.ready_ms)).collect();
        (reading.exit, listeners)
    };
    assert_eq!(of("busybox", "sleep 40; exec httpd -f -p 8080 -h /myapp"), (None, vec![(8080, 40_000)]));
    assert_eq!(of("busybox", "httpd -fvp 0.0.0.0:81"), (None, vec![(81, 0)]));
    assert_eq!(
        of("busybox", "httpd -p 8080"),
        (Some(0), vec![]),
        "in the background, and the container ends"
    );
    assert_eq!(of("busybox", "httpd; sleep infinity"), (None, vec![(80, 0)]));
    assert_eq!(of("busybox", "httpd -f -p many"), (Some(1), vec![]));
    assert_eq!(of("alpine", "httpd -f"), (Some(127), vec![]));
}

#[test]
fn a_client_loads_the_dump_of_its_image_or_says_why_not() {
    let environment = BTreeMap::from([("DB_HOST".to_owned(), "db".to_owned())]);
    let script =
        "mysql --host=\"$DB_HOST\" --user=u --password=p socksdb < /docker-entrypoint-initdb.d/dump.sql";
    let run = |image: &str, script: &str, loaded: Option<&str>| {
        let image = crate::images::find(image).unwrap();
        let start = Start {
            image,
            entry_point: &[],
            command: &[],
            environment: &environment,
            memory_mib: None,
            loaded,
        };
        read(&start, &["sh", "-c", script].map(str::to_owned))
    };
    let image = "weaveworksdemos/catalogue-db:0.3.0";
    let reading = run(image, script, None);
    let login = reading.loads.unwrap();
    assert_eq!((login.host.as_str(), login.user.as_str(), login.database.as_str()), ("db", "u", "socksdb"));
    assert_eq!(run(image, script, Some("")).exit, Some(0));
    let refusal = "ERROR 2003 (HY000): Can't connect to MySQL server on 'db:3306' (110)";
    let refused = run(image, script, Some(refusal));
    assert_eq!((refused.exit, text(&refused.said)), (Some(1), format!("{refusal}\n")));
    assert!(refused.after_ms > 100_000);
    // Neither another file nor another image has a dump or a client.
    assert_eq!(run(image, "mysql --host=db socksdb < /none.sql", None).loads, None);
    assert_eq!(run("alpine", script, None).exit, Some(127));
}
