#!/bin/bash
# Accounts, roles and grants take part in selection and in the config's map; a copy makes none of them,
# and says which DEFINERs, servers and functions its target lacks.
. "$(dirname "$0")/../lib/live.sh"

for kind in $(servers my); do
    for side in prod staging; do
        server_start "$kind" "$side" --own || bail "$kind did not start"
        app=app@web
        [ $side = prod ] || app=stage_app@web
        must q $side '' "CREATE DATABASE shop; CREATE USER $app, $side@localhost; CREATE ROLE reader"
        must q $side shop "
CREATE TABLE t (a int, b int);
CREATE PROCEDURE p() SELECT 1;
CREATE DEFINER=$app SQL SECURITY DEFINER VIEW v AS SELECT a FROM t;
GRANT SELECT, INSERT ON shop.* TO $app;
GRANT UPDATE (b) ON t TO $app;
GRANT EXECUTE ON PROCEDURE p TO $app WITH GRANT OPTION;
GRANT SELECT ON t TO reader;
GRANT reader TO $app"
    done
    must q prod '' "CREATE SERVER remote FOREIGN DATA WRAPPER mysql OPTIONS (HOST 'h', USER 'u', PASSWORD 'sEcr3t')"
    p=$(url prod shop) s=$(url staging shop)

    expect_exit 1 "$kind: another account is drift" dbtwin diff --scope server "$p" "$s"
    out_has "$kind: the account" "role app@web"
    out_has "$kind: what it may do with the database" "grant app@web"
    out_lacks "$kind: an account without grants here is none of its business" "prod@localhost"
    out_has "$kind: the server" "remote"
    out_lacks "$kind: and no password" "sEcr3t"
    expect_exit 1 "$kind: --kind grant" dbtwin diff --kind grant --format json "$p" "$s"
    out_lacks "$kind: --kind grant: nothing else" '"kind": "role"'
    out_has "$kind: each level has its grants" '"path": "t.b.app@web"'
    out_has "$kind: the grant option is told of each privilege" "EXECUTE*"
    out_like "$kind: who has the role" 'reader.*app@web'
    ok "$kind: --ignore" dbtwin diff --scope server --ignore kind:grant --ignore kind:role --ignore '*:definer' \
        --ignore kind:foreign_server "$p" "$s"

    cat >"$WORK/map.yaml" <<END
databases:
  prod: {url: "$p", role: production}
  staging: {url: "$s", role: staging}
map:
  roles: {app: stage_app}
END
    chmod 600 "$WORK/map.yaml"
    expect_exit 1 "$kind: mapped accounts" dbtwin -c "$WORK/map.yaml" diff --scope server prod staging
    out_has "$kind: only the server is left" "remote"
    out_lacks "$kind: grants, roles and definers are mapped" "app@"
    must q prod '' "DROP SERVER remote"
    ok "$kind: nothing is left" dbtwin -c "$WORK/map.yaml" diff --scope server prod staging

    must q prod '' "CREATE SERVER remote FOREIGN DATA WRAPPER mysql OPTIONS (HOST 'h', USER 'u', PASSWORD 'sEcr3t')"
    users="SELECT CONCAT(User, '@', Host) FROM mysql.user ORDER BY 1"
    grants="SELECT * FROM mysql.db ORDER BY 1, 2, 3"
    q staging '' "$users; $grants" >"$WORK/before"
    ok "$kind: a copy goes through" dbtwin copy --replace shop "$p" "$s"
    err_has "$kind: and says which DEFINER is missing there" "no account app@web"
    err_has "$kind: and which server" "no server remote"
    q staging '' "$users; $grants" >"$WORK/after"
    same_files "$kind: no account and no grant was made or lost" "$WORK/before" "$WORK/after"
    must q staging '' "CREATE USER app@web; CREATE SERVER remote FOREIGN DATA WRAPPER mysql OPTIONS (HOST 'x')"
    ok "$kind: with the account there" dbtwin copy "$p" "$s"
    err_lacks "$kind: nothing is said" "no account"
    err_lacks "$kind: nor of the server" "no server"
    server_stop prod
    server_stop staging
done
done_testing
