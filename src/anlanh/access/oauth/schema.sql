create table oauth_client (
    id text primary key,
    name text not null,
    kind text not null check (kind in ('public', 'confidential-symmetric', 'confidential-asymmetric')),
    redirect_uris text[] not null,
    scopes text[] not null,
    contact text not null,
    purpose text not null,
    secret_hash bytea,
    jwks text,
    jwks_uri text,
    launch_uri text,
    homepage text,
    state text not null check (state in ('pending', 'approved', 'refused', 'blocked')),
    registered_at timestamptz not null,
    decided_at timestamptz,
    decided_by text,
    reason text
);

create table oauth_request (
    handle bytea primary key,
    client_id text not null references oauth_client,
    redirect_uri text not null,
    scopes text[] not null,
    state text not null,
    nonce text not null,
    challenge text not null,
    launched boolean not null,
    patient_ref text not null,
    encounter_ref text not null,
    intent text not null,
    account_id bigint references account,
    prompt text not null,
    asked_at timestamptz not null
);

create table oauth_launch (
    handle bytea primary key,
    client_id text not null references oauth_client,
    account_id bigint not null references account,
    patient_ref text not null,
    encounter_ref text not null,
    intent text not null,
    launched_at timestamptz not null
);

create table oauth_grant (
    id bigint generated always as identity primary key,
    client_id text not null references oauth_client,
    account_id bigint not null references account,
    assignment_id bigint references account_assignment,
    session_id bigint,
    scopes text[] not null,
    patient_ref text not null,
    encounter_ref text not null,
    intent text not null,
    assurance smallint not null,
    signed_in_at timestamptz not null,
    allowed_at timestamptz not null,
    until_at timestamptz not null,
    used_at timestamptz not null,
    revoked_at timestamptz
);
create index oauth_grant_account on oauth_grant (account_id, client_id) where revoked_at is null;

create table oauth_code (
    hash bytea primary key,
    grant_id bigint not null references oauth_grant,
    redirect_uri text not null,
    challenge text not null,
    nonce text not null,
    made_at timestamptz not null,
    used_at timestamptz
);

create table oauth_refresh (
    hash bytea primary key,
    grant_id bigint not null references oauth_grant,
    scopes text[] not null,
    made_at timestamptz not null,
    used_at timestamptz
);
create index oauth_refresh_grant on oauth_refresh (grant_id);

create table oauth_assertion (
    client_id text not null references oauth_client,
    jti text not null,
    until_at timestamptz not null,
    primary key (client_id, jti)
);

create table oauth_revocation (
    mark text primary key,
    until_at timestamptz not null
);

create table oauth_key (
    kid text primary key,
    closed bytea not null,
    active_at timestamptz not null
);
