create table account (
    id bigint generated always as identity primary key,
    kind text not null check (kind in ('citizen', 'staff')),
    person_ref text not null unique,
    login text unique,
    handle bytea not null unique,
    state text not null default 'active' check (state in ('active', 'disabled')),
    created_at timestamptz not null,
    last_seen_at timestamptz not null
);

create table account_assignment (
    id bigint generated always as identity primary key,
    account_id bigint not null references account,
    role text not null,
    organization_ref text not null,
    department_ref text,
    commune_code text,
    from_at timestamptz not null,
    until_at timestamptz,
    check (until_at is null or until_at > from_at)
);
create unique index account_assignment_once on account_assignment
    (account_id, role, organization_ref, coalesce(department_ref, '')) where until_at is null;

create table account_session (
    id bigint generated always as identity primary key,
    key bytea not null unique,
    account_id bigint not null references account,
    assignment_id bigint references account_assignment,
    method text not null,
    assurance smallint not null,
    started_at timestamptz not null,
    seen_at timestamptz not null,
    expires_at timestamptz not null,
    stepped_up_at timestamptz not null,
    device text not null,
    network text not null
);
create index account_session_account on account_session (account_id);
create index account_session_expires on account_session (expires_at);

create table account_event (
    id bigint generated always as identity primary key,
    account_id bigint not null references account,
    at timestamptz not null,
    what text not null,
    by_ref text,
    device text not null,
    network text not null
);
create index account_event_account on account_event (account_id, at desc);

create table account_try (
    subject bytea primary key,
    count integer not null,
    first_at timestamptz not null,
    last_at timestamptz not null,
    closed_until timestamptz
);

create table account_flow (
    state bytea primary key,
    provider_id text not null,
    nonce text not null,
    verifier text not null,
    browser bytea not null,
    next text not null,
    account_id bigint references account,
    created_at timestamptz not null
);

create table account_code (
    id bytea primary key,
    phone text not null,
    code_hash bytea not null,
    browser bytea not null,
    tries smallint not null default 0,
    created_at timestamptz not null,
    used_at timestamptz
);

create table account_message (
    id bigint generated always as identity primary key,
    phone text not null,
    body text not null,
    sent_at timestamptz not null
);

create table account_passkey (
    id bigint generated always as identity primary key,
    account_id bigint not null references account,
    credential_id bytea not null unique,
    public_key bytea not null,
    sign_count bigint not null,
    name text not null,
    created_at timestamptz not null,
    last_used_at timestamptz
);
create index account_passkey_account on account_passkey (account_id);

create table account_challenge (
    challenge bytea primary key,
    browser bytea not null,
    account_id bigint references account,
    created_at timestamptz not null
);

create table account_password (
    account_id bigint primary key references account,
    hash text not null,
    changed_at timestamptz not null
);

create table account_totp (
    account_id bigint primary key references account,
    secret bytea not null,
    last_step bigint not null,
    created_at timestamptz not null
);

create table account_slip (
    id bigint generated always as identity primary key,
    account_id bigint not null references account,
    kind text not null check (kind in ('enrolment', 'recovery')),
    secret_hash bytea not null unique,
    issued_by text not null,
    organization_ref text,
    seen_document text,
    issued_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz
);

create table account_card (
    id bigint generated always as identity primary key,
    account_id bigint not null references account,
    secret_hash bytea not null unique,
    pin_hash text not null,
    issued_by text not null,
    organization_ref text,
    issued_at timestamptz not null,
    revoked_at timestamptz
);
create unique index account_card_one on account_card (account_id) where revoked_at is null;

create table account_provider (
    id text primary key,
    title text not null,
    issuer text not null,
    client_id text not null,
    client_secret bytea,
    claim text not null,
    identifier_system text not null,
    enabled boolean not null default true
);

create table account_device (
    account_id bigint not null references account,
    key bytea not null,
    seen_at timestamptz not null,
    primary key (account_id, key)
);
create index account_device_seen on account_device (seen_at);
