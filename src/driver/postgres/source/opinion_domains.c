#include "../connection/pg.h"

#include <string.h>

/*
 * To analyse a text is to read its constants, and those of arrays, rows and ranges of a domain go
 * through the domain's checks as they are read: these run, with the rights of whoever asks.
 * SET ROLE does not help, for a function can set it back. So a text with a constant that may be one
 * of these is not asked about where such a check could do something: where it calls what is not
 * plainly harmless, and neither a superuser nor this role has written it.
 */

/* As array_in, record_in, range_in and multirange_in want them to begin. */
static bool may_hold_others(const char *p)
{
    p += strspn(p, " \t\r\n\f\v");
    return *p && strchr("{[(\\", *p);
}

/* Any quote counts, whatever it stands in: too many is only too careful. */
bool pg_opinion_has_compound(const char *text)
{
    for (const char *p = text; p && *p; p++) {
        if (*p == '\'' && may_hold_others(p + 1))
            return true;
        if (*p == '$' && (p[1] == '$' || strchr(p + 1, '$')))
            return true;
    }
    return false;
}

/* Names before a parenthesis: what is no call, and functions that only work on their arguments. */
#define HARMLESS                                                                                   \
    "check,and,or,not,in,any,all,some,array,case,when,then,else,value,is,distinct,from,between,"   \
    "row,extract,trim,both,leading,trailing,substring,position,overlay,coalesce,nullif,greatest,"  \
    "least,length,char_length,character_length,octet_length,bit_length,upper,lower,initcap,btrim," \
    "ltrim,rtrim,substr,strpos,left,right,replace,translate,abs,ceil,ceiling,floor,round,trunc,"   \
    "sign,mod,date_part,date_trunc,array_length,array_ndims,array_position,cardinality,"           \
    "array_upper,array_lower,regexp_replace,isfinite,lower_inc,upper_inc,isempty,md5,ascii,chr,"   \
    "numeric,varchar,char,character,varying,bit,time,timestamp,interval,text,concat,starts_with"

static const char domains_sql[] =
    "WITH trusted AS (SELECT oid FROM pg_catalog.pg_roles WHERE rolsuper OR rolname IN"
    " (current_user, session_user))"
    ", checks AS (SELECT c.oid, t.typowner, pg_catalog.format('%I.%I', n.nspname, t.typname) AS "
    "name"
    " FROM pg_catalog.pg_constraint c JOIN pg_catalog.pg_type t ON t.oid = c.contypid"
    " JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace WHERE c.contype = 'c')"
    ", calls AS (SELECT c.oid, p.proowner FROM checks c JOIN pg_catalog.pg_depend d ON d.objid ="
    " c.oid AND d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass LEFT JOIN"
    " pg_catalog.pg_operator o ON o.oid = d.refobjid AND d.refclassid ="
    " 'pg_catalog.pg_operator'::pg_catalog.regclass JOIN pg_catalog.pg_proc p ON p.oid ="
    " coalesce(o.oprcode::pg_catalog.oid, d.refobjid) WHERE d.refclassid IN"
    " ('pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_operator'::pg_catalog.regclass))"
    " SELECT c.name FROM checks c WHERE EXISTS (SELECT FROM calls k WHERE k.oid = c.oid AND"
    " k.proowner NOT IN (SELECT oid FROM trusted)) OR (c.typowner NOT IN (SELECT oid FROM trusted)"
    " AND (EXISTS (SELECT FROM calls k WHERE k.oid = c.oid) OR EXISTS (SELECT FROM"
    " pg_catalog.regexp_matches(pg_catalog.pg_get_constraintdef(c.oid),"
    " '([[:alnum:]_.$\"]+)[[:space:]]*\\(', 'g') AS m(m) WHERE pg_catalog.lower(m.m[1]) <> ALL"
    " ('{" HARMLESS "}')))) ORDER BY 1 LIMIT 1";

bool pg_opinion_may_read(struct session *s, const char *text, struct err *err)
{
    const char *name = NULL;

    if (!pg_opinion_has_compound(text))
        return true;
    if (!s->checks_known) {
        if (!pg_value(s, domains_sql, &s->arena, &name, err))
            return false;
        s->checks_known = name ? 'y' : 'n';
        s->acting_domain = name;
    }
    return s->checks_known == 'n' ||
           err_set(err, ERR_REFUSED,
                   "to read a constant could run the CHECK of domain %s, which calls a function of "
                   "another role's, with this account's rights",
                   s->acting_domain);
}
