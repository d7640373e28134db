-- A student's CloudFormation stack. It names no row of another table: what was made has to be undone whoever is gone.
create table stack (
    id text primary key,
    attempt_id text not null unique,
    lab text not null,
    account_id text not null,
    region text not null,
    -- Names the stack to AWS, with the token of the request that makes it.
    name text not null,
    request_token text not null,
    -- present, fresh (delete what is there, then make it again) or absent
    wanted text not null,
    -- How far it is: waiting, working, ready, failed, gone, deleting, left, deleted
    stage text not null,
    -- Before the first request to make it: null. Kept before it is sent, so that none is ever forgotten.
    asked_at bigint,
    stack_id text,
    -- As CloudFormation last said.
    status text,
    reason text,
    -- By the names of the lab's values.
    outputs text not null,
    -- What it is made of: type, logical and physical id, each with its status.
    resources text not null,
    -- The latest events, newest first.
    events text not null,
    -- Then it is deleted.
    deadline bigint,
    -- What an independent look found after the deletion.
    receipt text,
    -- Deletions that failed.
    tries bigint not null,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null
);
create index stack_account on stack (account_id);

-- Work to be done, written in the transaction of its cause. A server claims it for a while; one that dies lets another
-- do it again.
create table job (
    id text primary key,
    kind text not null,
    subject text not null,
    due_at bigint not null,
    -- Who claimed it, a different one each time; counts only until the lease ends.
    leased_by text,
    leased_until bigint not null,
    -- Grows when it is asked for again: then it is not over when the present turn is.
    wakes bigint not null,
    tries bigint not null,
    unique (kind, subject)
);
create index job_due on job (due_at);
