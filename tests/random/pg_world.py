"""pg_world.py - a random schema for PostgreSQL: what is in it, what cannot stand, and its SQL."""
from common import Base, Thing
from pg_things import (INDEXABLE, KEYABLE, at, column_sql, column_type, constraint_sql, expression, family,
                       function_sql, index_sql, is_alive, ql, qi, refers, sample, test, type_alive, type_sql, view_sql)

ROLES = ("dbtwin_r1", "dbtwin_r2")


class View(Thing):
    def simple(self):
        """Whether it can be changed through"""
        return not self.distinct and not self.key and not hasattr(self.source, "of") and \
            not getattr(self.source, "materialized", False) and all(i.expr[0] == "col" for i in self.items)


class World(Base):
    def __init__(self, seed, version):
        super().__init__(seed)
        self.version = version
        self.schemas = ["public", "s1", "s2"]
        self.types, self.sequences, self.tables, self.functions = [], [], [], []
        self.views = []          # views, and functions that use tables, in the order in which they are made
        self.publications, self.default_grants = [], []

    # ---- what cannot stand ----

    def fix(self):
        while self.fix_once():
            pass

    def fix_once(self):
        lists = [self.types, self.sequences, self.tables, self.functions, self.views, self.publications]
        before = sum(len(x) for x in lists)
        for t in self.types:
            if t.kind == "composite":
                t.attrs = [a for a in t.attrs if type_alive(a[1])]
                t.gone = t.gone or not t.attrs
            if t.schema not in self.schemas:
                t.schema = "public"
        for f in self.functions + self.views:
            of = getattr(f, "of", None)
            f.gone = f.gone or (getattr(of, "gone", False) or (f.kind == "atomic" and f.column.gone)
                                or (f.kind == "typed" and not type_alive(of)) if of is not None else False)
        moved = sum(self.fix_table(t) for t in self.tables)
        moved += sum(self.fix_view(v) for v in self.views if v.kind == "view")
        for p in self.publications:
            p.tables = [(t, w if w and is_alive(w) else None) for t, w in p.tables if not t.gone and not t.unlogged and not t.parent]
        for x in self.sequences:
            if x.owner_column and (x.owner_column.gone or x.owner_column.table.gone):
                x.owner_column = None
            elif x.owner_column:
                x.schema = x.owner_column.table.schema
        for x in lists:
            x[:] = [o for o in x if not o.gone]
        for o in self.tables + self.sequences + self.functions + self.views:
            if o.schema not in self.schemas:
                o.schema = "public"
        return moved or before != sum(len(x) for x in lists)

    def fix_table(self, t):
        gone = t.gone
        t.gone = t.gone or bool(t.parent and (t.parent.gone or not t.parent.partition))
        for c in t.cols:
            c.gone = c.gone or t.gone
        n = len(t.cols) + len(t.keys) + len(t.indexes) + len(t.triggers) + len(t.policies)
        t.cols = [c for c in t.cols if not c.gone]
        if not t.cols and not t.parent:
            t.gone = True
        for c in t.cols:
            if not type_alive(c.type):
                c.type = "text"
            if c.generated and not isinstance(refers(c.generated[1])[-1].type, str):
                c.generated = ("stored", c.generated[1])
            if c.generated and (not is_alive(c.generated[1]) or any(x.generated for x in refers(c.generated[1]) if hasattr(x, "cols") is False and hasattr(x, "generated"))):
                c.generated, c.type = None, "text"
            if isinstance(c.default, Thing) and (c.default.gone or (hasattr(c.default, "returns") and family(c.type) != "text")
                                                 or (not hasattr(c.default, "returns") and c.type not in ("integer", "bigint", "smallint"))):
                c.default = None
            if c.identity and (c.type not in ("smallint", "integer", "bigint") or c.generated or t.partition or t.parent):
                c.identity = None
            if c.identity:
                c.notnull, c.default = True, None
        if t.partition and (t.partition[1].gone or family(t.partition[1].type) not in ("num", "time") or t.partition[1].generated
                            or isinstance(t.partition[1].type, Thing)):
            t.partition = None
        for k in t.keys:
            k.gone = k.gone or t.gone or any(c.gone for c in k.cols) or not self.key_stands(k)
        for x in t.indexes:
            x.include = [c for c in x.include if not c.gone]
            x.gone = x.gone or t.gone or any(not is_alive(e) or family(column_type(refers(e)[-1])) not in INDEXABLE for e, _ in x.keys) or \
                not is_alive(x.where) or (x.unique and t.partition is not None)
        for g in t.triggers:
            g.of = [c for c in g.of if not c.gone]
            g.when = g.when if g.when and is_alive(g.when) and not refers(g.when)[-1].generated else None
            g.gone = g.gone or t.gone or g.call.gone
        for p in t.policies:
            p.gone = p.gone or t.gone or not is_alive(p.using)
        t.statistics = [(n, [c for c in cs if not c.gone and not c.generated]) for n, cs in t.statistics]
        t.statistics = [(n, cs) for n, cs in t.statistics if len(cs) > 1 and not any(family(c.type) in ("json", "other", "composite") for c in cs)]
        t.grants = {(r, p, c) for r, p, c in t.grants if not c or (not c.gone and c in t.cols)}
        if t.replica is not None and t.replica not in ("full", "nothing") and (t.replica.gone or t.partition or t.parent or any(not c.notnull for c in t.replica.cols)):
            t.replica = None
        for name in ("keys", "indexes", "triggers", "policies"):
            setattr(t, name, [x for x in getattr(t, name) if not x.gone])
        t.parts = [p for p in t.parts if not p.gone and p.parent is t]
        return gone != t.gone or n != len(t.cols) + len(t.keys) + len(t.indexes) + len(t.triggers) + len(t.policies)

    def key_stands(self, k):
        t = k.table
        if k.kind == "check":
            return is_alive(k.expr)
        fams = [family(column_type(c)) for c in k.cols]
        if k.kind == "foreign":
            r = k.ref
            return not (r.gone or r.table.gone or len(r.cols) != len(k.cols) or r.variant == 1) and \
                all(column_type(a) == column_type(b) and not isinstance(column_type(a), tuple) and a.collation == b.collation and not a.generated
                    for a, b in zip(k.cols, r.cols)) and not (t.parent or (not t.unlogged and r.table.unlogged))
        if any(f not in KEYABLE for f in fams) or any(c.generated and c.generated[0] == "virtual" for c in k.cols):
            return False
        k.include = [c for c in k.include if not c.gone and not c.generated and c not in k.cols]
        if k.kind == "exclusion":
            return not t.partition and not t.parent
        for c in k.cols if k.kind == "primary" else []:
            c.notnull = True
        return (not t.partition or t.partition[1] in k.cols) and not t.parent

    def fix_view(self, v):
        n, was = len(v.items), v.gone
        v.items = [i for i in v.items if not i.gone and is_alive(i.expr) and (self.source_has(v, i))]
        if v.gone:
            for i in v.items:
                i.gone = True
        v.gone = v.gone or v.source.gone or not v.items
        if v.where and not (is_alive(v.where) and refers(v.where)[-1] in self.columns_of(v.source)):
            v.where = None
        if v.key and (v.key.gone or v.key not in getattr(v.source, "keys", []) or v.key.variant == 1):
            v.key = None
        if v.distinct and any(family(column_type(i)) in ("json", "composite") for i in v.items):
            v.distinct = False
        v.indexes = [x for x in v.indexes if all(i in v.items and family(column_type(i)) in INDEXABLE for i in x.on)]
        v.triggered = v.triggered if v.triggered and not v.triggered.gone and not v.materialized else None
        for i in list(v.items):
            if v.gone:
                i.gone = True
        return n != len(v.items) or was != v.gone

    def columns_of(self, source):
        if hasattr(source, "items"):
            return source.items
        return source.of.cols if hasattr(source, "of") else source.cols

    def source_has(self, v, item):
        has = self.columns_of(v.source)
        return all(x in has for x in refers(item.expr) if not hasattr(x, "kind"))

    # ---- its SQL ----

    def script(self):
        out = [f"CREATE SCHEMA {qi(s)};" for s in self.schemas if s != "public"]
        out += ["SET check_function_bodies = off;"]
        out += [self.type_sql(t) for t in self.types]
        out += [f"CREATE SEQUENCE {at(s)} AS {s.type} INCREMENT {s.increment} MAXVALUE {s.most}{' CYCLE' if s.cycle else ''};" for s in self.sequences]
        out += [function_sql(f) for f in self.functions]
        for t in self.tables:
            out += self.table_sql(t)
        for kinds in (("primary", "unique", "exclusion", "check"), ("foreign",)):
            out += [constraint_sql(k) for t in self.tables for k in t.keys if k.kind in kinds]
        for t in self.tables:
            out += self.table_more(t)
        for v in self.views:
            out.append(view_sql(v) if v.kind == "view" else function_sql(v))
            if v.kind == "view":
                out += self.view_more(v)
        for t in self.tables:
            out += self.table_last(t)
        out += self.rest()
        return "\n".join(x for x in out if x) + "\n"

    def type_sql(self, t):
        if t.kind == "enum":
            return f"CREATE TYPE {at(t)} AS ENUM ({', '.join(map(ql, t.labels))});"
        if t.kind == "composite":
            return f"CREATE TYPE {at(t)} AS ({', '.join(qi(n) + ' ' + type_sql(x) for n, x in t.attrs)});"
        out = f"CREATE DOMAIN {at(t)} AS {type_sql(t.base)}"
        out += f" DEFAULT {sample(t.base, 1)}" if t.default else ""
        if t.checked:
            out += f" CONSTRAINT {qi(t.checked)} CHECK (VALUE IS NOT NULL OR {t.variant} > 0)"
        return out + ";"

    def table_sql(self, t):
        if t.parent:
            return [f"CREATE TABLE {at(t)} PARTITION OF {at(t.parent)} {self.bound_sql(t)};"]
        cols = ", ".join(column_sql(c, self) for c in t.cols)
        out = f"CREATE {'UNLOGGED ' if t.unlogged and not t.partition else ''}TABLE {at(t)} ({cols})"
        if t.partition:
            out += f" PARTITION BY {t.partition[0].upper()} ({qi(t.partition[1].name)})"
        elif t.options:
            out += f" WITH (fillfactor='{t.options}')"
        out = [out + ";"]
        for c in t.cols:
            if c.statistics:
                out.append(f"ALTER TABLE {at(t)} ALTER COLUMN {qi(c.name)} SET STATISTICS {c.statistics};")
            if c.storage and family(column_type(c)) == "text":
                out.append(f"ALTER TABLE {at(t)} ALTER COLUMN {qi(c.name)} SET STORAGE {c.storage};")
            if isinstance(c.default, Thing) and not hasattr(c.default, "returns") and c.default.owner_column is c:
                out.append(f"ALTER SEQUENCE {at(c.default)} OWNED BY {at(t)}.{qi(c.name)};")
        return out

    def bound_sql(self, t):
        how, column = t.parent.partition
        if t.bound == "default":
            return "DEFAULT"
        low, high = t.bound
        if how == "hash":
            return f"FOR VALUES WITH (MODULUS {high}, REMAINDER {low})"
        value = (lambda n: f"'2020-01-{n:02d}'") if family(column.type) == "time" else (lambda n: f"'{n}'")
        if how == "list":
            return f"FOR VALUES IN ({', '.join(value(n) for n in range(low, high))})"
        return f"FOR VALUES FROM ({value(low)}) TO ({value(high)})"

    def table_more(self, t):
        out = [index_sql(x) for x in t.indexes]
        out += [f"CREATE STATISTICS {qi(t.schema)}.{qi(n)} ON {', '.join(qi(c.name) for c in cs)} FROM {at(t)};" for n, cs in t.statistics]
        if t.replica in ("full", "nothing"):
            out.append(f"ALTER TABLE {at(t)} REPLICA IDENTITY {t.replica.upper()};")
        elif t.replica is not None:
            out.append(f"ALTER TABLE {at(t)} REPLICA IDENTITY USING INDEX {qi(t.replica.name)};")
        if t.cluster and t.indexes and t.indexes[0].method == "btree" and not t.indexes[0].where and not t.partition and not t.parent:
            out.append(f"ALTER TABLE {at(t)} CLUSTER ON {qi(t.indexes[0].name)};")
        return out

    def view_more(self, v):
        out = []
        for x in v.indexes:
            out.append(f"CREATE INDEX {qi(x.name)} ON {at(v)} ({', '.join(qi(i.name) for i in x.on)});")
            out += self.comment_sql("INDEX " + qi(v.schema) + "." + qi(x.name), x)
        kind = "MATERIALIZED VIEW" if v.materialized else "VIEW"
        out += self.comment_sql(f"{kind} {at(v)}", v)
        out += [y for i in v.items for y in self.comment_sql(f"COLUMN {at(v)}.{qi(i.name)}", i)]
        if v.owner and not v.materialized:
            out.append(f"ALTER {kind} {at(v)} OWNER TO {v.owner};")
        if v.triggered:
            out.append(f"CREATE TRIGGER {qi(v.name[:20] + 'tr')} INSTEAD OF INSERT ON {at(v)} FOR EACH ROW EXECUTE FUNCTION {at(v.triggered)}();")
        out += [f"GRANT SELECT ON {at(v)} TO {r};" for r in sorted(v.grants)]
        return out

    def table_last(self, t):
        out = []
        for g in t.triggers:
            out.append(self.trigger_sql(t, g))
            if g.enabled != "ENABLE":
                out.append(f"ALTER TABLE {at(t)} {g.enabled} TRIGGER {qi(g.name)};")
            out += self.comment_sql(f"TRIGGER {qi(g.name)} ON {at(t)}", g)
        if t.security:
            out.append(f"ALTER TABLE {at(t)} ENABLE ROW LEVEL SECURITY;")
        for p in t.policies:
            check = f" WITH CHECK ({test(p.using)})" if p.command == "ALL" and p.check else ""
            out.append(f"CREATE POLICY {qi(p.name)} ON {at(t)} AS {p.how} FOR {p.command} TO {p.role} USING ({test(p.using)}){check};")
        out += [f"CREATE RULE {qi(r)} AS ON UPDATE TO {at(t)} DO ALSO NOTHING;" for r in t.rules]
        if t.owner:
            out.append(f"ALTER TABLE {at(t)} OWNER TO {t.owner};")
        for r, p, c in sorted(t.grants, key=lambda g: (g[0], g[1], g[2].name if g[2] else "")):
            out.append(f"GRANT {p}{' (' + qi(c.name) + ')' if c else ''} ON {at(t)} TO {r};")
        out += self.comment_sql(f"TABLE {at(t)}", t)
        for c in t.cols:
            out += self.comment_sql(f"COLUMN {at(t)}.{qi(c.name)}", c)
        for k in t.keys:
            out += self.comment_sql(f"CONSTRAINT {qi(k.name)} ON {at(t)}", k)
        for x in t.indexes:
            out += self.comment_sql(f"INDEX {qi(t.schema)}.{qi(x.name)}", x)
        return out

    def trigger_sql(self, t, g):
        event = g.event
        if event == "UPDATE" and g.of:
            event = f"UPDATE OF {', '.join(qi(c.name) for c in g.of)}"
        when = f" WHEN ({test(g.when, 'new.')})" if g.when else ""
        return f"CREATE TRIGGER {qi(g.name)} {g.time} {event} ON {at(t)} FOR EACH ROW{when} EXECUTE FUNCTION {at(g.call)}();"

    def comment_sql(self, what, thing):
        return [f"COMMENT ON {what} IS {ql(thing.comment)};"] if thing.comment else []

    def rest(self):
        out = []
        for p in self.publications:
            if not p.tables:
                out.append(f"CREATE PUBLICATION {qi(p.name)};")
                continue
            parts = [at(t) + (f" WHERE ({test(w)})" if w and self.version >= 15 and t.replica == "full" else "") for t, w in p.tables]
            out.append(f"CREATE PUBLICATION {qi(p.name)} FOR TABLE {', '.join(parts)}" + (" WITH (publish = 'insert');" if p.insert else ";"))
        for f in self.functions + [v for v in self.views if v.kind != "view"]:
            kind = "PROCEDURE" if f.kind == "procedure" else "FUNCTION"
            out += self.comment_sql(f"{kind} {at(f)}", f)
            if f.owner:
                out.append(f"ALTER {kind} {at(f)} OWNER TO {f.owner};")
            if f.revoked:
                out.append(f"REVOKE EXECUTE ON {kind} {at(f)} FROM PUBLIC;")
        for t in self.types:
            out += self.comment_sql(("DOMAIN " if t.kind == "domain" else "TYPE ") + at(t), t)
            if t.owner:
                out.append(f"ALTER {'DOMAIN' if t.kind == 'domain' else 'TYPE'} {at(t)} OWNER TO {t.owner};")
        for s in self.sequences:
            out += self.comment_sql(f"SEQUENCE {at(s)}", s)
            out += [f"GRANT USAGE ON SEQUENCE {at(s)} TO {r};" for r in sorted(s.grants)]
        for r, s in self.default_grants:
            out.append(f"ALTER DEFAULT PRIVILEGES IN SCHEMA {qi(s)} GRANT SELECT ON TABLES TO {r};" if s in self.schemas else "")
        return out

    # ---- rows: three for each table that has fewer ----

    def rows(self):
        out = ["SET session_replication_role = replica;"]
        for t in self.tables:
            if t.parent:
                continue
            for i in (1, 2, 3):
                cols = [c for c in t.cols if not c.generated and not c.identity == "always" and c.filled]
                names = ", ".join(qi(c.name) for c in cols)
                cast = ", ".join(f"{sample(c.type, i)}::{type_sql(c.type)}" for c in cols)
                out.append(f"INSERT INTO {at(t)} ({names}) SELECT {cast} WHERE (SELECT count(*) FROM {at(t)}) < 3;" if cols
                           else f"INSERT INTO {at(t)} DEFAULT VALUES;")
        return "\n".join(out) + "\n"
