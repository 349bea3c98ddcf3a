#!/bin/bash
# The recipes of dbtwin-mask(5), as they stand there: for a schema of each program's shape they need no
# further line under require: pii, and leave nobody in the copy.
. "$(dirname "$0")/../lib/live.sh"

page=$TOP/man/dbtwin-mask.5.scd

# recipe NAME: its entries, indented; options NAME: what stands behind it
recipe() {
    awk -v name="_$1_" 'index($0, name) == 1 { on = 1 } on && /^```$/ { if (++n == 2) exit; next } on && n == 1 { print "    " $0 }' "$page"
}
options() {
    awk -v name="_$1_" 'index($0, name) == 1 { on = 1; next } on && /^_/ { exit } on && /^with _--/ { print; exit }' "$page" |
        sed 's/^with _//; s/_[.]$//; s/\\_/_/g'
}

wordpress() {
    cat <<'SQL'
CREATE TABLE wp_users (ID bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, user_login varchar(60) NOT NULL DEFAULT '', user_pass varchar(255) NOT NULL DEFAULT '',
    user_nicename varchar(50) NOT NULL DEFAULT '', user_email varchar(100) NOT NULL DEFAULT '', user_url varchar(100) NOT NULL DEFAULT '', user_registered datetime NOT NULL,
    user_activation_key varchar(255) NOT NULL DEFAULT '', user_status int NOT NULL DEFAULT 0, display_name varchar(250) NOT NULL DEFAULT '',
    KEY user_login_key (user_login), KEY user_nicename (user_nicename), KEY user_email (user_email));
CREATE TABLE wp_usermeta (umeta_id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id bigint unsigned NOT NULL DEFAULT 0, meta_key varchar(255), meta_value longtext);
CREATE TABLE wp_comments (comment_ID bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, comment_post_ID bigint unsigned NOT NULL DEFAULT 0, comment_author tinytext NOT NULL,
    comment_author_email varchar(100) NOT NULL DEFAULT '', comment_author_url varchar(200) NOT NULL DEFAULT '', comment_author_IP varchar(100) NOT NULL DEFAULT '',
    comment_date datetime NOT NULL, comment_content text NOT NULL, comment_karma int NOT NULL DEFAULT 0, comment_approved varchar(20) NOT NULL DEFAULT '1',
    comment_agent varchar(255) NOT NULL DEFAULT '', comment_type varchar(20) NOT NULL DEFAULT 'comment', comment_parent bigint unsigned NOT NULL DEFAULT 0, user_id bigint unsigned NOT NULL DEFAULT 0);
CREATE TABLE wp_commentmeta (meta_id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, comment_id bigint unsigned NOT NULL DEFAULT 0, meta_key varchar(255), meta_value longtext);
CREATE TABLE wp_posts (ID bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, post_author bigint unsigned NOT NULL DEFAULT 0, post_date datetime NOT NULL, post_content longtext NOT NULL,
    post_title text NOT NULL, post_excerpt text NOT NULL, post_status varchar(20) NOT NULL DEFAULT 'publish', post_password varchar(255) NOT NULL DEFAULT '', post_name varchar(200) NOT NULL DEFAULT '',
    guid varchar(255) NOT NULL DEFAULT '', post_type varchar(20) NOT NULL DEFAULT 'post', post_mime_type varchar(100) NOT NULL DEFAULT '', comment_count bigint NOT NULL DEFAULT 0);
CREATE TABLE wp_postmeta (meta_id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, post_id bigint unsigned NOT NULL DEFAULT 0, meta_key varchar(255), meta_value longtext);
CREATE TABLE wp_options (option_id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, option_name varchar(191) NOT NULL DEFAULT '' UNIQUE, option_value longtext NOT NULL, autoload varchar(20) NOT NULL DEFAULT 'yes');
INSERT INTO wp_users VALUES (1, 'plantedlogin', '$P$BplantedplantedplantedplantedXYZ', 'plantedlogin', 'planted@quux.example', 'https://planted.quux.example', '2024-01-01 00:00:00', 'plantedkey0123456789', 0, 'Planted Quux');
INSERT INTO wp_usermeta (user_id, meta_key, meta_value) VALUES (1, 'first_name', 'Planted'), (1, 'wp_capabilities', 'a:1:{s:13:"administrator";b:1;}'), (1, 'session_tokens', 'a:1:{s:64:"0123456789012345678901234567890123456789012345678901234567890123";a:1:{s:2:"ip";s:13:"203.0.113.111";}}');
INSERT INTO wp_comments (comment_author, comment_author_email, comment_author_url, comment_author_IP, comment_date, comment_content, comment_agent) VALUES ('Planted Quux', 'planted@quux.example', 'https://planted.quux.example', '203.0.113.111', '2024-01-01 00:00:00', 'Yours, Planted Quux', 'PlantedBrowser 1');
INSERT INTO wp_posts (post_author, post_date, post_content, post_title, post_excerpt, post_password) VALUES (1, '2024-01-01 00:00:00', 'Hello world', 'Hello', '', 'plantedpass');
INSERT INTO wp_options (option_name, option_value) VALUES ('siteurl', 'https://shop.example'), ('admin_email', 'planted@quux.example'), ('blogname', 'Shop');
SQL
}
wordpress_holds() {
    is "WordPress: roles and options stay" "$(q staging recipe "SELECT count(*) FROM wp_usermeta WHERE meta_value LIKE '%administrator%'"),$(q staging recipe "SELECT count(*) FROM wp_options WHERE option_value IN ('Shop', 'https://shop.example')")" "1,2"
    is "WordPress: its own mail is nobody's" "$(q staging recipe "SELECT count(*) FROM wp_options o JOIN wp_users u ON u.user_email = o.option_value")" 1
}

drupal() {
    cat <<'SQL'
CREATE TABLE users (uid int unsigned NOT NULL PRIMARY KEY, uuid varchar(128) CHARACTER SET ascii NOT NULL UNIQUE, langcode varchar(12) CHARACTER SET ascii NOT NULL);
CREATE TABLE users_field_data (uid int unsigned NOT NULL, langcode varchar(12) CHARACTER SET ascii NOT NULL, preferred_langcode varchar(12) CHARACTER SET ascii, name varchar(60) NOT NULL, pass varchar(255), mail varchar(254),
    timezone varchar(32), status tinyint, created int NOT NULL, changed int, access int NOT NULL, login int, init varchar(254), default_langcode tinyint NOT NULL, PRIMARY KEY (uid, langcode), UNIQUE KEY user__name (name, langcode));
CREATE TABLE users_data (uid int unsigned NOT NULL DEFAULT 0, module varchar(50) CHARACTER SET ascii NOT NULL DEFAULT '', name varchar(128) CHARACTER SET ascii NOT NULL DEFAULT '', value longblob, serialized tinyint unsigned DEFAULT 0, PRIMARY KEY (uid, module, name));
CREATE TABLE comment_field_data (cid int unsigned NOT NULL PRIMARY KEY, subject varchar(64), uid int unsigned NOT NULL, name varchar(60), mail varchar(64), homepage varchar(255), hostname varchar(128), created int NOT NULL, thread varchar(255) NOT NULL);
CREATE TABLE comment__comment_body (entity_id int unsigned NOT NULL PRIMARY KEY, comment_body_value longtext NOT NULL, comment_body_format varchar(255) CHARACTER SET ascii);
CREATE TABLE sessions (uid int unsigned NOT NULL, sid varchar(128) CHARACTER SET ascii NOT NULL PRIMARY KEY, hostname varchar(128) CHARACTER SET ascii NOT NULL DEFAULT '', timestamp int NOT NULL DEFAULT 0, session longblob);
CREATE TABLE flood (fid int NOT NULL AUTO_INCREMENT PRIMARY KEY, event varchar(64) CHARACTER SET ascii NOT NULL DEFAULT '', identifier varchar(128) CHARACTER SET ascii NOT NULL DEFAULT '', timestamp int NOT NULL DEFAULT 0, expiration int NOT NULL DEFAULT 0);
CREATE TABLE watchdog (wid bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, uid int unsigned NOT NULL DEFAULT 0, type varchar(64) CHARACTER SET ascii NOT NULL DEFAULT '', message longtext NOT NULL, variables longblob NOT NULL, severity tinyint unsigned NOT NULL DEFAULT 0, link text, location text NOT NULL, referer text, hostname varchar(128) CHARACTER SET ascii NOT NULL DEFAULT '', timestamp int NOT NULL DEFAULT 0);
CREATE TABLE config (collection varchar(255) CHARACTER SET ascii NOT NULL DEFAULT '', name varchar(255) CHARACTER SET ascii NOT NULL DEFAULT '', data longblob, PRIMARY KEY (collection, name));
CREATE TABLE key_value (collection varchar(128) CHARACTER SET ascii NOT NULL DEFAULT '', name varchar(128) CHARACTER SET ascii NOT NULL DEFAULT '', value longblob NOT NULL, PRIMARY KEY (collection, name));
INSERT INTO users VALUES (1, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'en');
INSERT INTO users_field_data VALUES (1, 'en', 'en', 'plantedlogin', '$S$EplantedplantedplantedplantedplantedX', 'planted@quux.example', 'UTC', 1, 1, 1, 1, 1, 'planted@quux.example', 1);
INSERT INTO users_data VALUES (1, 'contact', 'enabled', 'planted', 0);
INSERT INTO comment_field_data VALUES (1, 'of Planted', 1, 'Planted Quux', 'planted@quux.example', 'https://planted.quux.example', '203.0.113.111', 1, '01/');
INSERT INTO comment__comment_body VALUES (1, 'Yours, Planted Quux', 'plain');
INSERT INTO sessions VALUES (1, 'plantedsession', '203.0.113.111', 1, 'planted');
INSERT INTO flood VALUES (1, 'login', '203.0.113.111', 1, 1);
INSERT INTO watchdog VALUES (1, 1, 'user', 'planted logged in', 'planted', 1, '', 'https://planted.quux.example', '', '203.0.113.111', 1);
INSERT INTO config VALUES ('', 'system.site', 'a:0:{}');
INSERT INTO key_value VALUES ('state', 'x', 'i:1;');
SQL
}
drupal_holds() { is "Drupal: users can be found by their mail" "$(q staging recipe "SELECT count(*) FROM users_field_data u JOIN comment_field_data c ON c.mail = u.mail AND u.init = u.mail")" 1; }

rails() {
    cat <<'SQL'
CREATE TABLE schema_migrations (version varchar NOT NULL PRIMARY KEY);
CREATE TABLE ar_internal_metadata (key varchar NOT NULL PRIMARY KEY, value varchar, created_at timestamp(6) NOT NULL, updated_at timestamp(6) NOT NULL);
CREATE TABLE users (id bigserial PRIMARY KEY, email varchar DEFAULT '' NOT NULL, encrypted_password varchar DEFAULT '' NOT NULL, reset_password_token varchar, reset_password_sent_at timestamp(6), remember_created_at timestamp(6),
    sign_in_count integer DEFAULT 0 NOT NULL, current_sign_in_at timestamp(6), last_sign_in_at timestamp(6), current_sign_in_ip varchar, last_sign_in_ip varchar, confirmation_token varchar, confirmed_at timestamp(6),
    unconfirmed_email varchar, failed_attempts integer DEFAULT 0 NOT NULL, unlock_token varchar, locked_at timestamp(6), created_at timestamp(6) NOT NULL, updated_at timestamp(6) NOT NULL);
CREATE UNIQUE INDEX index_users_on_email ON users (email);
CREATE UNIQUE INDEX index_users_on_reset_password_token ON users (reset_password_token);
CREATE UNIQUE INDEX index_users_on_confirmation_token ON users (confirmation_token);
CREATE UNIQUE INDEX index_users_on_unlock_token ON users (unlock_token);
CREATE TABLE active_storage_blobs (id bigserial PRIMARY KEY, key varchar NOT NULL UNIQUE, filename varchar NOT NULL, content_type varchar, metadata text, service_name varchar NOT NULL, byte_size bigint NOT NULL, checksum varchar, created_at timestamp(6) NOT NULL);
INSERT INTO schema_migrations VALUES ('20240101000000'), ('20240102000000');
INSERT INTO ar_internal_metadata VALUES ('environment', 'production', now(), now());
INSERT INTO users (email, encrypted_password, reset_password_token, current_sign_in_ip, last_sign_in_ip, confirmation_token, unconfirmed_email, unlock_token, created_at, updated_at)
    VALUES ('planted@quux.example', '$2a$12$plantedplantedplantedpleijZAgcfl7p92ldGxad68LJZdL17lhWyaa', 'plantedtoken', '203.0.113.111', '203.0.113.111', 'plantedtoken', 'planted2@quux.example', 'plantedtoken', now(), now());
INSERT INTO active_storage_blobs (key, filename, content_type, metadata, service_name, byte_size, checksum, created_at) VALUES ('xf3k', 'planted-quux.pdf', 'application/pdf', '{"author":"Planted"}', 'local', 1, 'x', now());
SQL
}
rails_holds() { is "Rails: what production is stays" "$(q staging recipe "SELECT value FROM ar_internal_metadata")" production; }

django() {
    cat <<'SQL'
CREATE TABLE auth_user (id serial PRIMARY KEY, password varchar(128) NOT NULL, last_login timestamptz, is_superuser boolean NOT NULL, username varchar(150) NOT NULL UNIQUE, first_name varchar(150) NOT NULL, last_name varchar(150) NOT NULL,
    email varchar(254) NOT NULL, is_staff boolean NOT NULL, is_active boolean NOT NULL, date_joined timestamptz NOT NULL);
CREATE TABLE django_content_type (id serial PRIMARY KEY, app_label varchar(100) NOT NULL, model varchar(100) NOT NULL, UNIQUE (app_label, model));
CREATE TABLE auth_permission (id serial PRIMARY KEY, name varchar(255) NOT NULL, content_type_id int NOT NULL REFERENCES django_content_type, codename varchar(100) NOT NULL, UNIQUE (content_type_id, codename));
CREATE TABLE auth_group (id serial PRIMARY KEY, name varchar(150) NOT NULL UNIQUE);
CREATE TABLE auth_user_groups (id bigserial PRIMARY KEY, user_id int NOT NULL REFERENCES auth_user, group_id int NOT NULL REFERENCES auth_group);
CREATE TABLE django_admin_log (id serial PRIMARY KEY, action_time timestamptz NOT NULL, object_id text, object_repr varchar(200) NOT NULL, action_flag smallint NOT NULL, change_message text NOT NULL, content_type_id int REFERENCES django_content_type, user_id int NOT NULL REFERENCES auth_user);
CREATE TABLE django_migrations (id bigserial PRIMARY KEY, app varchar(255) NOT NULL, name varchar(255) NOT NULL, applied timestamptz NOT NULL);
CREATE TABLE django_session (session_key varchar(40) PRIMARY KEY, session_data text NOT NULL, expire_date timestamptz NOT NULL);
INSERT INTO auth_user VALUES (1, 'pbkdf2_sha256$600000$planted$plantedplanted=', now(), true, 'plantedlogin', 'Planted', 'Quuxson', 'planted@quux.example', true, true, now());
INSERT INTO django_content_type VALUES (1, 'auth', 'user');
INSERT INTO auth_permission VALUES (1, 'Can add user', 1, 'add_user');
INSERT INTO auth_group VALUES (1, 'editors');
INSERT INTO auth_user_groups VALUES (1, 1, 1);
INSERT INTO django_admin_log VALUES (1, now(), '1', 'plantedlogin', 1, '[{"added": {"name": "Planted"}}]', 1, 1);
INSERT INTO django_migrations VALUES (1, 'auth', '0001_initial', now()), (2, 'auth', '0002_x', now());
INSERT INTO django_session VALUES ('plantedsession', 'planted', now());
SQL
}
django_holds() { is "Django: groups and migrations stay" "$(q staging recipe "SELECT (SELECT name FROM auth_group) || (SELECT count(*) FROM django_migrations WHERE app = 'auth')")" editors2; }

keycloak() {
    cat <<'SQL'
CREATE TABLE realm (id varchar(36) PRIMARY KEY, name varchar(255) UNIQUE, enabled boolean NOT NULL DEFAULT true);
CREATE TABLE user_entity (id varchar(36) PRIMARY KEY, email varchar(255), email_constraint varchar(255), email_verified boolean NOT NULL DEFAULT false, enabled boolean NOT NULL DEFAULT false, federation_link varchar(255),
    first_name varchar(255), last_name varchar(255), realm_id varchar(255), username varchar(255), created_timestamp bigint, service_account_client_link varchar(255), not_before int NOT NULL DEFAULT 0, UNIQUE (realm_id, email_constraint), UNIQUE (realm_id, username));
CREATE TABLE user_attribute (id varchar(36) PRIMARY KEY, name varchar(255) NOT NULL, value varchar(255), user_id varchar(36) NOT NULL REFERENCES user_entity);
CREATE TABLE credential (id varchar(36) PRIMARY KEY, salt bytea, type varchar(255), user_id varchar(36) REFERENCES user_entity, created_date bigint, user_label varchar(255), secret_data text, credential_data text, priority int);
CREATE TABLE federated_identity (identity_provider varchar(255) NOT NULL, realm_id varchar(36), federated_user_id varchar(255), federated_username varchar(255), token text, user_id varchar(36) NOT NULL REFERENCES user_entity, PRIMARY KEY (identity_provider, user_id));
CREATE TABLE client (id varchar(36) PRIMARY KEY, enabled boolean NOT NULL DEFAULT false, client_id varchar(255), secret varchar(255), base_url varchar(255), realm_id varchar(36) REFERENCES realm, protocol varchar(255), UNIQUE (realm_id, client_id));
CREATE TABLE event_entity (id varchar(36) PRIMARY KEY, client_id varchar(255), details_json varchar(2550), error varchar(255), ip_address varchar(255), realm_id varchar(255), session_id varchar(255), event_time bigint, type varchar(255), user_id varchar(255));
CREATE TABLE offline_user_session (user_session_id varchar(36) PRIMARY KEY, user_id varchar(255) NOT NULL, realm_id varchar(36) NOT NULL, created_on int NOT NULL, data text);
CREATE TABLE offline_client_session (user_session_id varchar(36) NOT NULL, client_id varchar(255) NOT NULL, timestamp int, data text, PRIMARY KEY (user_session_id, client_id));
INSERT INTO realm VALUES ('r-1', 'shop', true);
INSERT INTO user_entity (id, email, email_constraint, first_name, last_name, realm_id, username) VALUES ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'planted@quux.example', 'planted@quux.example', 'Planted', 'Quuxson', 'r-1', 'plantedlogin');
INSERT INTO user_attribute VALUES ('1', 'phone', 'planted +49 171 5550123', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11');
INSERT INTO credential VALUES ('1', NULL, 'password', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 1, 'of planted', '{"value":"planted","salt":"planted"}', '{"hashIterations":27500,"algorithm":"pbkdf2-sha256"}', 1);
INSERT INTO federated_identity VALUES ('google', 'r-1', '111111planted', 'planted@quux.example', 'plantedtoken', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11');
INSERT INTO client VALUES ('c-1', true, 'web', 'plantedsecret', '/', 'r-1', 'openid-connect');
INSERT INTO event_entity VALUES ('e-1', 'web', '{"username":"plantedlogin"}', NULL, '203.0.113.111', 'r-1', 'b0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 1, 'LOGIN', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11');
INSERT INTO offline_user_session VALUES ('s-1', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'r-1', 1, 'planted');
INSERT INTO offline_client_session VALUES ('s-1', 'web', 1, 'planted');
SQL
}
keycloak_holds() { is "Keycloak: mails are alike, and credentials readable" "$(q staging recipe "SELECT count(*) FROM user_entity u JOIN credential c ON c.user_id = u.id WHERE u.email = u.email_constraint AND (c.credential_data::json ->> 'hashIterations')::int = 27500 AND (c.secret_data::json ->> 'salt') <> 'planted'")" 1; }

try() { # KIND NAME
    local lower=${2,,}
    fresh_db prod recipe
    fresh_db staging recipe
    "$lower" >"$WORK/s.sql"
    must load prod recipe "$WORK/s.sql"
    { printf 'mask:\n  key_file: %s\n  require: pii\n  columns:\n' "$WORK/mask.key"; recipe "$2"; } >"$WORK/c.yaml"
    isnt "$1: $2 has a recipe" "$(recipe "$2" | wc -l)" 0
    # shellcheck disable=SC2046
    expect_exit 0 "$1: $2: copied by it" dbtwin copy --config "$WORK/c.yaml" --verify full $(options "$2") "$(url prod recipe)" "$(url staging recipe)"
    dump staging recipe >"$WORK/dump.sql"
    is "$1: $2: nobody is there" "$(grep -aoiE '.{20}(planted|quux|203[.]0[.]113).{9}' "$WORK/dump.sql" | head -3)" ""
    "${lower}_holds"
}

(umask 077; od -An -tx1 -N32 /dev/urandom | tr -d ' \n' >"$WORK/mask.key")
for kind in $(servers my | cut -d' ' -f1); do
    start "$kind" prod staging
    try "$kind" WordPress
    try "$kind" Drupal
    break
done
for kind in $(servers pg | cut -d' ' -f1); do
    start "$kind" prod staging
    try "$kind" Rails
    try "$kind" Django
    try "$kind" Keycloak
    break
done
done_testing
