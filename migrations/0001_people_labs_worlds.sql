-- Runs on SQLite and PostgreSQL as it stands. Ids are text, instants bigint milliseconds since 1970 (UTC),
-- structured values JSON in text.

create table person (
    id text primary key,
    name text not null,
    -- The name in its compared form; present once a password is set.
    sign_in_name text unique,
    password_hash text,
    role text not null,
    created_at bigint not null
);

create table session (
    -- A hash: whoever reads this table cannot take over a session.
    id_hash text primary key,
    person_id text references person (id) on delete cascade,
    data text not null,
    expires_at bigint not null
);
create index session_expiry on session (expires_at);
create index session_person on session (person_id);

-- Attempts that count against a limit (failed sign-ins, wrong join codes), forgotten after the window.
create table login_attempt (
    id text primary key,
    subject text not null,
    at_ms bigint not null
);
create index login_attempt_subject on login_attempt (subject, at_ms);
create index login_attempt_age on login_attempt (at_ms);

create table invite (
    token_hash text primary key,
    created_at bigint not null,
    used_at bigint,
    used_by text references person (id) on delete set null
);

create table workshop (
    id text primary key,
    instructor_id text not null references person (id) on delete cascade,
    lab text not null,
    title text not null,
    join_code text not null unique,
    is_open boolean not null,
    created_at bigint not null
);
create index workshop_instructor on workshop (instructor_id, created_at);

create table enrollment (
    workshop_id text not null references workshop (id) on delete cascade,
    person_id text not null references person (id) on delete cascade,
    name text not null,
    joined_at bigint not null,
    primary key (workshop_id, person_id)
);
create index enrollment_person on enrollment (person_id, joined_at);

-- A practice account: what it was at snapshot_seq, and what was asked of it since.
create table world (
    id text primary key,
    account_id text not null unique,
    settings text not null,
    skew_ms bigint not null,
    snapshot bytea,
    snapshot_seq bigint not null,
    created_at bigint not null
);

create table world_journal (
    world_id text not null references world (id) on delete cascade,
    seq bigint not null,
    at_ms bigint not null,
    request bytea not null,
    primary key (world_id, seq)
);

create table world_key (
    access_key_id text primary key,
    world_id text not null references world (id) on delete cascade,
    -- Sealed with the server's key, which is not in the database.
    sealed_secret bytea not null
);
create index world_key_world on world_key (world_id);

create table attempt (
    id text primary key,
    person_id text not null references person (id) on delete cascade,
    lab text not null,
    workshop_id text references workshop (id) on delete set null,
    world_id text unique references world (id) on delete set null,
    started_at bigint not null,
    -- A person's latest is the one the pages of the lab show.
    active_at bigint not null,
    unique (person_id, lab, workshop_id)
);
create index attempt_person on attempt (person_id, lab, active_at);
create index attempt_workshop on attempt (workshop_id);

create table step_progress (
    attempt_id text not null references attempt (id) on delete cascade,
    step bigint not null,
    entered_at bigint not null,
    passed_at bigint,
    checked_at bigint,
    last_cause text,
    -- The latest verdict of each check, as shown.
    verdicts text not null,
    primary key (attempt_id, step)
);

-- What each check found, when it changed, with the facts it was judged on. The latest few per check are kept.
create table check_result (
    attempt_id text not null references attempt (id) on delete cascade,
    step bigint not null,
    check_id text not null,
    n bigint not null,
    at_ms bigint not null,
    verdict text not null,
    facts text not null,
    primary key (attempt_id, step, check_id, n)
);

create table hint_reveal (
    attempt_id text not null references attempt (id) on delete cascade,
    step bigint not null,
    revealed bigint not null,
    revealed_at bigint not null,
    primary key (attempt_id, step)
);

create table deliverable (
    attempt_id text primary key references attempt (id) on delete cascade,
    markdown text not null,
    revision bigint not null,
    saved_at bigint not null,
    handed_in_at bigint
);

create table mark (
    attempt_id text primary key references attempt (id) on delete cascade,
    -- Points per criterion id, a JSON object.
    points text not null,
    comment text not null,
    marked_by text not null references person (id) on delete cascade,
    marked_at bigint not null,
    released_at bigint
);
