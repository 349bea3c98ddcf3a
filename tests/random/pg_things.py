"""pg_things.py - types, expressions and statements of random schemas for PostgreSQL."""
from common import Thing

FAMILY = {
    "smallint": "num", "integer": "num", "bigint": "num", "numeric": "num", "numeric(10,2)": "num", "real": "num",
    "double precision": "num", "text": "text", "character varying(40)": "text", "character varying(20)": "text",
    "character(8)": "text", "date": "time", "timestamp without time zone": "time",
    "timestamp with time zone": "zone", "timestamp(3) with time zone": "zone", "time without time zone": "clock",
    "interval": "clock", "boolean": "bool", "json": "json", "jsonb": "jsonb", "uuid": "uuid", "bytea": "bytes",
    "inet": "net", "cidr": "net", "int4range": "range", "bit varying(16)": "bits", "tsvector": "words", "oid": "other",
}
KEYABLE = {"num", "text", "time", "zone", "uuid"}
INDEXABLE = KEYABLE | {"clock", "bool", "jsonb", "bytes", "net", "range", "bits", "enum"}
# Types into which the values that rows() gives can be turned
FITTING = [("smallint", "integer"), ("integer", "bigint"), ("integer", "numeric"), ("integer", "text"),
           ("bigint", "integer"), ("bigint", "numeric(10,2)"), ("numeric", "double precision"), ("numeric(10,2)", "numeric"),
           ("text", "character varying(40)"), ("text", "integer"), ("character varying(20)", "character varying(40)"),
           ("character varying(40)", "text"), ("character varying(40)", "character varying(20)"), ("text", "character(8)"),
           ("date", "timestamp without time zone"), ("date", "timestamp with time zone"), ("date", "text"),
           ("timestamp without time zone", "timestamp with time zone"), ("timestamp with time zone", "timestamp(3) with time zone"),
           ("timestamp with time zone", "date"), ("boolean", "integer"), ("integer", "boolean"), ("boolean", "text"),
           ("json", "jsonb"), ("jsonb", "json"), ("jsonb", "text"), ("uuid", "text"), ("inet", "text"), ("cidr", "inet"),
           ("interval", "text"), ("time without time zone", "interval"), ("bytea", "text"), ("integer", "real"),
           ("int4range", "text"), ("smallint", "text"), ("character(8)", "text"), ("bit varying(16)", "text")]


def qi(name):
    return '"' + name.replace('"', '""') + '"'


def ql(text):
    return "'" + text.replace("'", "''") + "'"


def at(thing):
    return qi(thing.schema) + "." + qi(thing.name)


class Type(Thing):
    """enum (labels), domain (base, checked, notnull, default) or composite (attrs: list of [name, type])"""


# ---- types: the name of one, a Type, or ("array", type) ----

def type_sql(t):
    if isinstance(t, tuple):
        return type_sql(t[1]) + "[]"
    return at(t) if isinstance(t, Type) else t


def family(t):
    if isinstance(t, tuple):
        return "array"
    if isinstance(t, Type):
        return family(t.base) if t.kind == "domain" else t.kind
    return FAMILY[t]


def type_alive(t):
    if isinstance(t, tuple):
        return type_alive(t[1])
    return not isinstance(t, Type) or not t.gone


def sample(t, i):
    """The value of row i, as SQL without its type."""
    if isinstance(t, tuple):
        return f"ARRAY[{sample(t[1], i)}]::{type_sql(t)}"
    if isinstance(t, Type):
        if t.kind == "enum":
            return ql(t.labels[i % len(t.labels)])
        if t.kind == "domain":
            return sample(t.base, i)
        return "ROW(" + ", ".join(sample(a[1], i) for a in t.attrs) + f")::{type_sql(t)}"
    return {
        "num": f"{i}", "text": f"'{i}'", "time": f"'2020-01-0{i}'", "zone": f"'2020-01-0{i} 00:00:00+00'",
        "clock": f"'0{i}:00:00'", "bool": "'true'" if i % 2 else "'false'", "json": f"'{{\"a\": {i}}}'", "jsonb": f"'{{\"a\": {i}}}'",
        "uuid": f"'00000000-0000-0000-0000-00000000000{i}'", "bytes": f"'\\x0{i}'", "net": f"'10.0.0.{i}'",
        "range": f"'[{i},{i + 1})'", "bits": "'101'", "words": f"'w{i}'", "other": f"'{i}'"}[FAMILY[t]]


# ---- expressions: ("col", c), ("op", c, variant), ("call", function, c), ("const", variant); tests: ("is", c, variant), ("test", function, c) ----

def column_type(c):
    """Also of what a view selects."""
    if getattr(c, "generated", None):
        return expression_type(c.generated[1])
    return c.type if hasattr(c, "type") else expression_type(c.expr)


def expression_type(e):
    if e[0] == "col":
        return column_type(e[1])
    if e[0] == "const":
        return "integer"
    if e[0] in ("is", "test"):
        return "boolean"
    if e[0] == "call":
        return e[1].returns
    f = family(column_type(e[1]))
    return {"num": "numeric", "text": "text", "array": "integer"}.get(f, "boolean")


def expression(e, prefix=""):
    if e[0] == "const":
        return str(e[1])
    if e[0] in ("is", "test"):
        return test(e, prefix)
    name = prefix + qi(e[-2 if e[0] == "op" else -1].name)
    if e[0] == "col":
        return name
    if e[0] == "call":
        return f"{at(e[1])}({name}::{e[1].arg})"
    f, v = family(column_type(e[1])), e[2]
    if f == "num":
        return (f"({name} + {v})::numeric", f"(abs({name}) * 2)::numeric", f"(- {name})::numeric")[v % 3]
    if f == "text":
        return (f"lower({name}::text)", f"({name}::text || 'x'::text)", f"substr({name}::text, 1, {v + 1})")[v % 3]
    if f == "array":
        return f"cardinality({name})"
    return f"({name} IS NOT NULL)" if v % 2 else f"({name} IS NULL)"


def test(e, prefix=""):
    """True or null for all of sample()'s values"""
    name = prefix + qi(e[-2 if e[0] == "is" else -1].name)
    if e[0] == "test":
        return f"({at(e[1])}({name}::{e[1].arg}) IS DISTINCT FROM NULL OR true)"
    t, v = column_type(e[1]), e[2]
    f = family(t)
    if f == "num":
        return (f"{name} > {-100 - v}", f"{name} <> {100 + v}", f"{name} BETWEEN -1000 AND 10000")[v % 3]
    if f == "text":
        return (f"{name} <> 'zz{v}'", f"length({name}::text) < {50 + v}", f"{name} ~~ '%'")[v % 3]
    if f == "time":
        return f"{name} > '190{v % 10}-01-01'"
    if f == "bool":
        return f"({name} OR NOT {name})"
    if f == "enum" and isinstance(t, Type) and t.kind == "enum":
        return f"{name} >= {ql(t.labels[0])}"
    return f"({name} IS NOT NULL OR {v} > 0)"


def refers(e):
    return [x for x in e[1:] if isinstance(x, Thing)] if e else []


def is_alive(e):
    """What it refers to is there, and of a type that still does."""
    for x in refers(e):
        if x.gone:
            return False
    if e and e[0] in ("call", "test"):
        return family(column_type(e[2])) == {"numeric": "num", "text": "text"}[e[1].arg]
    return True


# ---- statements ----

def column_sql(c, world):
    out = f"{qi(c.name)} {type_sql(column_type(c))}"
    if c.collation and family(column_type(c)) == "text":
        out += f' COLLATE "{c.collation}"'
    if c.generated:
        return out + f" GENERATED ALWAYS AS ({expression(c.generated[1])}) {c.generated[0].upper()}"
    if c.identity and column_type(c) in ("smallint", "integer", "bigint"):
        out += f" GENERATED {c.identity.upper()} AS IDENTITY"
        if c.start:
            out += f" (INCREMENT {c.start} MAXVALUE {30000 + c.start})"
    elif c.default is not None:
        out += f" DEFAULT {default_sql(c)}"
    return out + (" NOT NULL" if c.notnull else "")


def default_sql(c):
    if isinstance(c.default, Thing) and hasattr(c.default, "returns"):
        return f"{at(c.default)}({sample(c.default.arg, 1)}::{c.default.arg})::text::{type_sql(c.type)}"
    if isinstance(c.default, Thing):
        return f"nextval({ql(at(c.default))}::regclass)"
    if c.default >= 8 and family(c.type) in ("zone", "time"):
        return "now()"
    return f"{sample(c.type, 1 + c.default % 9)}::{type_sql(c.type)}"


def constraint_sql(k):
    names = ", ".join(qi(c.name) for c in k.cols)
    if k.kind == "check":
        body = f"CHECK ({test(k.expr)})" + (" NO INHERIT" if k.variant == 1 and not k.table.parts and not k.table.partition else "")
    elif k.kind == "foreign":
        body = f"FOREIGN KEY ({names}) REFERENCES {at(k.ref.table)} ({', '.join(qi(c.name) for c in k.ref.cols)})"
        body += ("", " ON DELETE CASCADE", " ON UPDATE SET NULL", " DEFERRABLE INITIALLY DEFERRED", " DEFERRABLE")[k.variant % 5]
    elif k.kind == "exclusion":
        body = f"EXCLUDE USING btree ({qi(k.cols[0].name)} WITH =)"
    else:
        body = ("PRIMARY KEY" if k.kind == "primary" else "UNIQUE") + f" ({names})"
        if k.include:
            body += f" INCLUDE ({', '.join(qi(c.name) for c in k.include)})"
        if k.variant == 1:
            body += " DEFERRABLE"
    if k.invalid and k.kind in ("check", "foreign") and not k.table.partition:
        body += " NOT VALID"
    return f"ALTER TABLE {at(k.table)} ADD CONSTRAINT {qi(k.name)} {body};"


def index_sql(x):
    keys = []
    for e, order in x.keys:
        plain = e[0] == "col"
        keys.append((expression(e) if plain else f"({expression(e)})") + order)
    out = f"CREATE {'UNIQUE ' if x.unique else ''}INDEX {qi(x.name)} ON {at(x.table)} USING {x.method} ({', '.join(keys)})"
    if x.include and x.method == "btree":
        out += f" INCLUDE ({', '.join(qi(c.name) for c in x.include)})"
    if x.fill and x.method in ("btree", "hash"):
        out += f" WITH (fillfactor='{x.fill}')"
    return out + (f" WHERE {test(x.where)}" if x.where else "") + ";"


def function_sql(f):
    head = "CREATE " + ("PROCEDURE " if f.kind == "procedure" else "FUNCTION ") + at(f)
    options = ("", " STABLE", " SECURITY DEFINER", " COST 10", " SET search_path TO 'pg_catalog'", " STRICT")[f.options % 6]
    if f.kind == "scalar":
        body = {"numeric": f"SELECT (a + {f.variant})", "text": f"SELECT (a || '{f.variant}')",
                "boolean": f"SELECT a IS NOT NULL OR {f.variant} > 0"}
        text = body[f.returns] if f.returns in (f.arg, "boolean") else f"SELECT {sample(f.returns, 1 + f.variant)}::{f.returns}"
        options = ("", " COST 10", " PARALLEL SAFE", " STRICT", "", "")[f.options % 6]
        return f"{head}({qi(f.argname)} {f.arg}) RETURNS {f.returns} LANGUAGE sql IMMUTABLE{options} AS $x${text.replace('a ', qi(f.argname) + ' ') if f.argname != 'a' else text}$x$;"
    if f.kind == "trigger":
        return f"{head}() RETURNS trigger LANGUAGE plpgsql{options} AS $x$BEGIN /* {f.variant} */ RETURN NEW; END$x$;"
    if f.kind == "procedure":
        return f"{head}({qi(f.argname)} integer{' DEFAULT 1' if f.variant % 2 else ''}) LANGUAGE plpgsql AS $x$BEGIN /* {f.variant} */ END$x$;"
    if f.kind == "setof":
        return f"{head}() RETURNS SETOF {at(f.of)} LANGUAGE sql{options.replace(' STRICT', '')} AS $x$SELECT * FROM {at(f.of)} /* {f.variant} */$x$;"
    if f.kind == "rowarg":
        return f"{head}(r {at(f.of)}) RETURNS text LANGUAGE sql{options} AS $x$SELECT '{f.variant}'::text$x$;"
    if f.kind == "typed":
        return f"{head}(a {type_sql(f.of)}{' DEFAULT NULL' if f.variant % 2 else ''}) RETURNS {type_sql(f.of)} LANGUAGE sql{options} AS $x$SELECT a$x$;"
    if f.kind == "atomic":
        return f"{head}() RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT max(x.{qi(f.column.name)}::text) AS m FROM {at(f.of)} x WHERE {f.variant} = {f.variant}; END;"
    return (f"{head}({qi(f.argname)} integer) RETURNS TABLE(p integer, {qi('q' + str(f.variant % 3))} text) LANGUAGE plpgsql{options}"
            f" AS $x$BEGIN RETURN; /* {f.variant} */ END$x$;")


def view_sql(v):
    source = at(v.source) + ("()" if hasattr(v.source, "of") else "")
    items = ", ".join(f"{expression(i.expr, 'x.')} AS {qi(i.name)}" for i in v.items)
    out = "CREATE MATERIALIZED VIEW " if v.materialized else "CREATE VIEW "
    out += at(v)
    if v.options and not v.materialized:
        out += (" WITH (security_barrier='true')", " WITH (check_option='local')", " WITH (security_barrier='false')")[v.options % 3] \
            if v.simple() or v.options % 3 != 1 else ""
    out += f" AS SELECT {'DISTINCT ' if v.distinct else ''}{items} FROM {source} x"
    if v.where:
        out += f" WHERE {test(v.where, 'x.')}"
    if v.key:
        out += f" GROUP BY {', '.join('x.' + qi(c.name) for c in v.key.cols)}"
    return out + ";"
