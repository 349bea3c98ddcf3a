"""pg_mutate.py - what may happen to a random schema for PostgreSQL. Each method does one thing and says what, or None."""
from common import Thing
from pg_things import FAMILY, FITTING, INDEXABLE, KEYABLE, Type, column_type, family, type_sql
from pg_world import ROLES, View, World

BASES = [t for t in FAMILY if t not in ("oid", "tsvector")]


class Mutations(World):
    def __init__(self, seed, version):
        super().__init__(seed, version)
        for _ in range(3):
            self.add_type()
        for _ in range(2):
            self.add_sequence()
        for _ in range(4):
            self.add_function()
        for _ in range(5):
            self.add_table()
        for name in ("add_key", "add_index", "add_view", "add_key", "add_foreign", "add_trigger", "add_policy", "add_matview", "add_statistics",
                     "add_using_function", "add_view", "grant", "comment", "add_publication", "own") * 2:
            getattr(self, name)()
            self.fix()
        self.freed = []

    # ---- making things ----

    def schema(self):
        return self.pick(self.schemas)

    def any_type(self, plain=60):
        if self.chance(plain) or not self.types:
            return self.pick(BASES)
        t = self.pick(self.types)
        return ("array", t) if self.chance(20) else t

    def column(self, table, t=None):
        c = Thing(self.new_name("c"), table=table, type=t or self.any_type(), default=None, notnull=False, generated=None, identity=None,
                  start=0, collation=None, storage=None, statistics=None, filled=True)
        if self.chance(25):
            c.default = self.rng.randint(0, 12)
        if self.chance(15) and table:
            c.statistics = self.pick([10, 500])
        if self.chance(20):
            c.collation = self.pick(["C", "POSIX"])
        while table and any(x.name == c.name for x in table.cols):
            c.name = self.own_name("c")
        return c

    def add_type(self):
        kind = self.pick(["enum", "enum", "domain", "composite"])
        t = Type(self.new_name(kind[:2]), kind=kind, schema=self.schema(), labels=[], base="text", checked=None, default=False, variant=1,
                 attrs=[], owner=None)
        if kind == "enum":
            t.labels = [f"l{i}" for i in range(self.rng.randint(2, 5))]
        elif kind == "domain":
            enums = [x for x in self.types if x.kind == "enum"]
            t.base = self.pick(enums) if enums and self.chance(30) else self.pick(["text", "integer", "numeric", "date"])
            t.checked = self.own_name("dc") if self.chance(50) else None
            t.default = self.chance(30)
        else:
            t.attrs = [(f"a{i}", self.pick(["text", "integer", "date"] + [x for x in self.types if x.kind == "enum"])) for i in range(2)]
        if self.taken(t):
            t.name = self.own_name(kind[:2])
        self.types.append(t)
        return t.name

    def taken(self, thing):
        everything = self.types + self.sequences + self.tables + self.views + self.functions
        return any(x.name == thing.name and x is not thing for x in everything) or \
            any(x.name == thing.name for t in self.tables for x in t.indexes + t.keys) or \
            any(x.name == thing.name for v in self.views if v.kind == "view" for x in v.indexes)

    def relation(self, stem):
        name = self.new_name(stem)
        return self.own_name(stem) if self.taken(Thing(name)) else name

    def add_sequence(self):
        s = Thing(self.relation("sq"), schema=self.schema(), type=self.pick(["integer", "bigint"]), increment=self.rng.randint(1, 5),
                  most=self.rng.randint(1000, 9000), cycle=self.chance(20), owner_column=None, grants=set())
        self.sequences.append(s)
        return s.name

    def add_function(self, kind=None):
        kind = kind or self.pick(["scalar", "scalar", "trigger", "procedure", "out", "typed"])
        arg = self.pick(["numeric", "text"])
        f = Thing(self.relation("fn"), schema=self.schema(), kind=kind, arg=arg, argname=self.pick("ab"), variant=self.rng.randint(0, 5), options=self.rng.randint(0, 5),
                  returns=self.pick([arg, "boolean"]), owner=None, revoked=False)
        if kind == "typed":
            if not self.types:
                return None
            f.of = self.pick(self.types)
        (self.functions if kind != "typed" else self.views).append(f)
        return f"{kind} {f.name}"

    def add_table(self):
        t = Thing(self.relation("t"), schema=self.schema(), cols=[], keys=[], indexes=[], triggers=[], policies=[], rules=[], statistics=[],
                  partition=None, parts=[], parent=None, bound=None, unlogged=self.chance(8), options=self.pick([None, None, 70]), security=False,
                  replica=None, cluster=False, owner=None, grants=set())
        for kind in [self.pick(["integer", "bigint", "text", "date"])] + [None] * self.rng.randint(2, 6):
            t.cols.append(self.column(t, kind))
        if self.chance(20):
            t.cols[0].type, t.cols[0].identity = self.pick(["integer", "bigint"]), self.pick(["always", "by default"])
        self.tables.append(t)
        if self.chance(70):
            self.key(t, "primary", [t.cols[0]])
        if self.chance(30):
            self.make_generated(t)
        if self.chance(20):
            self.split(t)
        return t.name

    def key(self, t, kind, cols, **more):
        k = Thing(self.relation(kind[:2]), table=t, kind=kind, cols=cols, include=[], variant=self.rng.randint(0, 5), invalid=False, expr=None, ref=None)
        k.__dict__.update(more)
        if not self.key_stands(k):
            return None
        t.keys.append(k)
        return k

    def any_table(self, whole=True):
        return self.pick(t for t in self.tables if not whole or not t.parent)

    def any_column(self, plain=True):
        return self.pick(c for t in self.tables for c in t.cols if not plain or not c.generated)

    def any_expression(self, cols, call=20):
        c = self.pick(cols)
        if c is None:
            return None
        f = self.pick(f for f in self.functions if f.kind == "scalar" and f.arg == {"num": "numeric", "text": "text"}.get(family(column_type(c))))
        if f and self.chance(call):
            return ("call", f, c)
        return ("op", c, self.rng.randint(0, 5))

    def any_test(self, cols):
        c = self.pick(cols)
        return ("is", c, self.rng.randint(0, 5)) if c else None

    def make_generated(self, t):
        stored = [c for c in t.cols if not c.generated]
        e = self.any_expression([c for c in stored if family(c.type) not in ("zone", "clock")])
        if not e:
            return None
        c = self.column(t, "text")
        plain = e[0] != "call" and isinstance(e[1].type, str)  # of what PostgreSQL itself has
        c.generated = ("virtual" if self.version >= 18 and plain and self.chance(40) else "stored", e)
        c.default = c.collation = None
        t.cols.append(c)
        return c

    # ---- columns ----

    def add_column(self):
        t = self.any_table()
        if self.chance(15):
            c = self.make_generated(t)
        else:
            c = self.column(t)
            t.cols.insert(self.rng.randint(0, len(t.cols)), c)
            c.notnull = self.chance(15) and c.default is not None
            if self.chance(10):
                c.type, c.identity = "integer", "by default"
        return c and f"{t.name}.{c.name} {type_sql(c.type)}"

    def drop_column(self):
        c = self.any_column(False)
        if not c or len(c.table.cols) < 3:
            return None
        c.gone = True
        self.free(c.name)
        return f"{c.table.name}.{c.name}"

    def retype(self, c, t):
        was = type_sql(c.type)
        c.type = t
        if isinstance(c.default, int) and self.chance(50):
            c.default = self.rng.randint(0, 12)
        return f"{c.table.name}.{c.name}: {was} -> {type_sql(t)}"

    def change_type(self):
        c = self.any_column()
        fits = [b for a, b in FITTING if a == c.type] if isinstance(c.type, str) else ["text"]
        return self.retype(c, self.pick(fits)) if fits else None

    def change_used_type(self):
        """Of a column that others use"""
        used = [i.expr for v in self.views if v.kind == "view" for i in v.items] + [p.using for t in self.tables for p in t.policies] + \
            [c.generated[1] for t in self.tables for c in t.cols if c.generated] + [g.when for t in self.tables for g in t.triggers if g.when] + \
            [e for t in self.tables for x in t.indexes for e, _ in x.keys]
        c = self.pick(x for e in used for x in e[1:] if hasattr(x, "identity") and not x.generated and isinstance(x.type, str))
        fits = [b for a, b in FITTING if c and a == c.type]
        return self.retype(c, self.pick(fits)) if fits else None

    def change_key_type(self):
        """Of a key and of what refers to it"""
        k = self.pick(k for t in self.tables for k in t.keys if k.kind == "foreign")
        if not k:
            return None
        same = [k.cols[0], k.ref.cols[0]] + [o.cols[0] for t in self.tables for o in t.keys if o.kind == "foreign" and o.ref is k.ref]
        t = self.pick(b for a, b in FITTING if a == k.cols[0].type and FAMILY[b] in KEYABLE)
        if not t:
            return None
        for c in dict.fromkeys(same):
            c.type = t
        return f"{k.name}: {t}"

    def another_type(self):
        """Dropped, and made again under the same name"""
        c = self.any_column()
        if not c or len(c.table.cols) < 3:
            return None
        c.gone = True
        new = self.column(c.table)
        new.name = c.name
        c.table.cols.append(new)
        return f"{c.table.name}.{c.name} {type_sql(new.type)}"

    def to_type_of_own(self):
        c = self.pick(c for t in self.tables for c in t.cols if not c.generated and FAMILY.get(c.type if isinstance(c.type, str) else "") == "text")
        t = self.pick(t for t in self.types if t.kind == "domain" and t.base == "text")
        return self.retype(c, t) if c and t else None

    def set_not_null(self):
        c = self.any_column()
        c.notnull = not c.notnull
        return f"{c.table.name}.{c.name} {c.notnull}"

    def set_default(self):
        c = self.any_column()
        if c.identity:
            return None
        scalar = [f for f in self.functions if f.kind == "scalar"] if family(c.type) == "text" else []
        c.default = self.pick([None, self.rng.randint(0, 12), self.rng.randint(0, 12), self.pick(scalar)])
        return f"{c.table.name}.{c.name} {c.default}"

    def set_serial(self):
        c = self.pick(c for t in self.tables for c in t.cols if not c.generated and not t.parent and c.type in ("integer", "bigint", "smallint"))
        s = self.pick(s for s in self.sequences if not s.owner_column)
        if not c or not s:
            return None
        c.identity, c.default = None, s
        if self.chance(60):
            s.owner_column = c
            s.schema = c.table.schema
        return f"{c.table.name}.{c.name} {s.name}"

    def set_identity(self):
        c = self.pick(c for t in self.tables for c in t.cols if not c.generated and not t.parent and not t.partition and c.type in ("integer", "bigint", "smallint"))
        if not c:
            return None
        c.identity = self.pick([None, "always", "by default"])
        c.start = self.rng.randint(0, 3)
        return f"{c.table.name}.{c.name} {c.identity}"

    def set_generated(self):
        c = self.any_column(False)
        if c.generated and self.chance(60):
            e = self.any_expression([x for x in c.table.cols if not x.generated and family(x.type) not in ("zone", "clock")])
            if e:
                c.generated = (c.generated[0], e)
            return f"{c.table.name}.{c.name}: another expression"
        if c.generated:
            c.type, c.generated = column_type(c), None
            return f"{c.table.name}.{c.name}: no longer"
        e = self.any_expression([x for x in c.table.cols if not x.generated and x is not c and family(x.type) not in ("zone", "clock")])
        if not e or c.identity or self.chance(60):
            return None
        c.generated, c.default, c.collation = ("stored", e), None, None
        return f"{c.table.name}.{c.name}: generated"

    def column_options(self):
        c = self.any_column()
        c.statistics = self.pick([None, 10, 500])
        c.storage = self.pick([None, "EXTERNAL", "MAIN"])
        if self.chance(30):
            c.collation = self.pick([None, "C", "POSIX"])
        return f"{c.table.name}.{c.name}"

    def rename_column(self):
        c = self.any_column()
        old, c.name = c.name, self.own_name("c")
        if self.chance(60) and not c.table.partition and not c.table.parent:
            self.renames.append(f"{c.table.schema}.{c.table.name}.{old}={c.name}")
        else:
            self.free(old)
        return f"{c.table.name}.{old} {c.name} {self.renames[-1:]}"

    def swap_columns(self):
        t = self.any_table()
        a = self.some([c for c in t.cols if not c.generated], 2, 2)
        if len(a) < 2:
            return None
        a[0].name, a[1].name = a[1].name, a[0].name
        return f"{t.name}: {a[0].name}, {a[1].name}"

    # ---- tables ----

    def drop_table(self):
        t = self.any_table()
        if len(self.tables) < 4:
            return None
        t.gone = True
        self.free(t.name)
        return t.name

    def rename_table(self):
        t = self.any_table()
        old, t.name = t.name, self.own_name("t")
        if self.chance(60) and not t.partition and not self.renames:
            self.renames.append(f"{t.schema}.{old}={t.schema}.{t.name}")
        else:
            self.free(old)
        return f"{old} {t.name} {self.renames[-1:]}"

    def swap_tables(self):
        a = self.some([t for t in self.tables if not t.parent], 2, 2)
        if len(a) < 2:
            return None
        (a[0].name, a[0].schema), (a[1].name, a[1].schema) = (a[1].name, a[1].schema), (a[0].name, a[0].schema)
        return f"{a[0].name}, {a[1].name}"

    def move_table(self):
        t = self.any_table()
        was, t.schema = t.schema, self.schema()
        return f"{t.name} {was} {t.schema}" if was != t.schema else None

    def split(self, t):
        c = self.pick(c for c in t.cols if not c.generated and not c.identity and isinstance(c.type, str) and FAMILY[c.type] in ("num", "time"))
        if not c or t.parent:
            return None
        t.partition = (self.pick(["range", "range", "list", "hash"]), c)
        t.parts = []
        for k in t.keys:
            k.invalid = False
            if k.kind in ("primary", "unique") and c not in k.cols:
                k.cols.append(c)
        bounds = [(0, 3), (1, 3), (2, 3)] if t.partition[0] == "hash" else ["default", (1, 2), (2, 10)]
        for bound in bounds if t.partition[0] == "hash" else bounds[:self.rng.randint(1, 3)]:
            self.part(t, bound)
        return t.partition[0]

    def part(self, t, bound):
        p = Thing(self.relation("p"), schema=t.schema, cols=[], keys=[], indexes=[], triggers=[], policies=[], rules=[], statistics=[], partition=None,
                  parts=[], parent=t, bound=bound, unlogged=False, options=None, security=False, replica=None, cluster=False, owner=None, grants=set())
        t.parts.append(p)
        self.tables.insert(self.tables.index(t) + 1, p)
        self.mix(t)
        return p

    def mix(self, *tables):
        self.mixed.update(f"{t.schema}.{t.name}" for t in tables)

    def partition(self):
        t = self.any_table()
        if t.partition:
            self.mix(t, *t.parts)
            for p in t.parts:
                p.gone = True
            if self.chance(50):
                t.partition = None
                return f"{t.name}: no longer"
        said = self.split(t)
        return f"{t.name}: {said}" if said else None

    def change_parts(self):
        t = self.pick(t for t in self.tables if t.partition and t.partition[0] != "hash")
        if not t:
            return None
        part = self.pick(p for p in t.parts if p.bound != "default")
        self.mix(t, *t.parts)
        if part and self.chance(30):
            part.gone = True
            return f"{t.name} without {part.name}"
        if part and self.chance(50):
            part.bound = (part.bound[0], part.bound[1] + 1) if part.bound == max(p.bound for p in t.parts if p.bound != "default") else part.bound
            return f"{t.name}: another bound"
        high = max([p.bound[1] for p in t.parts if p.bound != "default"] + [2])
        if high > 15:
            return None
        return f"{t.name} with {self.part(t, (high, high + 3)).name}"

    def table_options(self):
        t = self.any_table()
        what = self.pick(["options", "unlogged", "security", "replica", "cluster", "rule"])
        if what == "options":
            t.options = self.pick([None, 50, 90])
        elif what in ("unlogged", "security", "cluster"):
            setattr(t, what, not getattr(t, what))
        elif what == "replica":
            keys = [k for k in t.keys if k.kind in ("primary", "unique") and k.variant != 1 and not t.partition and all(c.notnull for c in k.cols)]
            t.replica = self.pick([None, "full", "nothing"] + keys)
        elif t.rules:
            t.rules = []
        else:
            t.rules = [self.own_name("r")]
        return f"{t.name} {what}"

    # ---- what hangs on tables ----

    def add_key(self):
        t = self.any_table()
        kind = self.pick(["primary", "unique", "unique", "check", "check", "exclusion"])
        if kind == "check":
            k = self.key(t, kind, [], expr=self.any_test(t.cols), invalid=self.chance(30))
            return k and f"{t.name} {kind} {k.name}"
        if kind == "primary" and any(k.kind == "primary" for k in t.keys):
            return None
        cols = self.some([c for c in t.cols if family(column_type(c)) in KEYABLE], 1, 2)
        if t.partition and t.partition[1] not in cols:
            cols.append(t.partition[1])
        k = self.key(t, kind, cols, include=self.some(t.cols, 0, 1) if self.chance(30) and kind != "exclusion" else []) if cols else None
        return k and f"{t.name} {kind} {k.name}"

    def any_key(self):
        return self.pick(k for t in self.tables for k in t.keys)

    def drop_key(self):
        k = self.any_key()
        if k:
            k.gone = True
            self.free(k.name)
        return k and k.name

    def change_key(self):
        k = self.any_key()
        if not k:
            return None
        how = self.pick(["variant", "invalid", "name", "cols", "include"])
        if how == "variant":
            k.variant = self.rng.randint(0, 5)
        elif how == "invalid":
            k.invalid = not k.invalid
        elif how == "name":
            k.name = self.own_name("k")
        elif how == "include":
            k.include = self.some(k.table.cols, 0, 1)
        elif k.kind in ("primary", "unique"):
            k.cols = self.some([c for c in k.table.cols if family(column_type(c)) in KEYABLE], 1, 2) or k.cols
        return f"{k.table.name}.{k.name} {how}"

    def add_foreign(self):
        t = self.any_table()
        r = self.pick(k for x in self.tables for k in x.keys if k.kind in ("primary", "unique") and len(k.cols) == 1 and k.variant != 1)
        if not r:
            return None
        cols = [c for c in t.cols if column_type(c) == column_type(r.cols[0]) and c.collation == r.cols[0].collation and not c.generated]
        c = self.pick(cols)
        if not c:
            c = self.column(t, r.cols[0].type)
            c.collation, c.default = r.cols[0].collation, None
            t.cols.append(c)
        k = self.key(t, "foreign", [c], ref=r, invalid=self.chance(20))
        return k and f"{t.name} {k.name} to {r.table.name}"

    def add_index(self):
        t = self.any_table()
        keys = []
        for c in self.some([c for c in t.cols if family(column_type(c)) in INDEXABLE and not (c.generated and c.generated[0] == "virtual")], 1, 2):
            e = self.any_expression([c]) if self.chance(25) and family(c.type) in ("num", "text") else None
            keys.append((e or ("col", c), self.pick(["", " DESC", " NULLS FIRST"])))
        if not keys:
            return None
        stored = [c for c in t.cols if not (c.generated and c.generated[0] == "virtual")]
        method = "hash" if len(keys) == 1 and keys[0][1] == "" and self.chance(15) else "btree"
        x = Thing(self.relation("ix"), table=t, keys=keys, unique=False, method=method, include=self.some(stored, 0, 1) if self.chance(20) else [],
                  fill=self.pick([None, None, 60]), where=self.any_test([c for c in stored if family(column_type(c)) in ("num", "text", "bool", "enum")]) if self.chance(25) else None)
        t.indexes.append(x)
        return f"{t.name} {x.name}"

    def change_index(self):
        x = self.pick(x for t in self.tables for x in t.indexes)
        if not x:
            return None
        how = self.pick(["gone", "fill", "name", "order", "where"])
        if how == "gone":
            x.gone = True
            self.free(x.name)
        elif how == "fill":
            x.fill = self.pick([None, 55, 95])
        elif how == "name":
            x.name = self.own_name("ix")
        elif how == "order" and x.method == "btree":
            x.keys = [(e, self.pick(["", " DESC"])) for e, _ in x.keys]
        else:
            x.where = None
        return f"{x.name} {how}"

    def add_statistics(self):
        t = self.any_table()
        cs = self.some([c for c in t.cols if not c.generated and family(c.type) in KEYABLE], 2, 3)
        if len(cs) < 2:
            return None
        if t.statistics and self.chance(50):
            t.statistics = []
        else:
            t.statistics.append((self.own_name("st"), cs))
        return t.name

    def add_trigger(self):
        t = self.any_table()
        f = self.pick(f for f in self.functions if f.kind == "trigger")
        if not f:
            return None
        g = Thing(self.own_name("tg"), call=f, time=self.pick(["AFTER", "AFTER" if t.partition else "BEFORE"]), event=self.pick(["INSERT", "UPDATE", "UPDATE"]),
                  of=self.some(t.cols, 0, 2), when=self.any_test([c for c in t.cols if not c.generated]) if self.chance(40) else None, enabled="ENABLE")
        t.triggers.append(g)
        return f"{t.name} {g.name}"

    def change_trigger(self):
        t, g = self.pick((t, g) for t in self.tables for g in t.triggers) or (None, None)
        if not g:
            return None
        how = self.pick(["gone", "enabled", "of", "when", "time"])
        if how == "gone":
            g.gone = True
        elif how == "enabled" and not t.partition:
            g.enabled = self.pick(["ENABLE", "DISABLE", "ENABLE ALWAYS"])
        elif how == "of":
            g.of = self.some(t.cols, 0, 2)
        elif how == "when":
            g.when = self.any_test([c for c in t.cols if not c.generated])
        else:
            g.time = "AFTER"
        return f"{g.name} {how}"

    def add_policy(self):
        t = self.any_table()
        e = self.any_test(t.cols)
        p = Thing(self.own_name("po"), using=e, check=self.chance(40), command=self.pick(["ALL", "SELECT", "UPDATE"]), how=self.pick(["PERMISSIVE", "RESTRICTIVE"]),
                  role=self.pick(["PUBLIC"] + list(ROLES)))
        t.policies.append(p)
        return f"{t.name} {p.name}"

    def change_policy(self):
        t, p = self.pick((t, p) for t in self.tables for p in t.policies) or (None, None)
        if not p:
            return None
        how = self.pick(["gone", "using", "check", "command", "role"])
        if how == "using":
            p.using = self.any_test(t.cols)
        else:
            setattr(p, how, {"gone": True, "check": not p.check, "command": self.pick(["ALL", "DELETE"]), "role": self.pick(ROLES)}[how])
        return f"{p.name} {how}"

    # ---- views ----

    def view(self, materialized):
        sources = [t for t in self.tables if t.cols] + [v for v in self.views if v.kind == "view"]  # of a function's rows the names go by place
        source = self.pick(sources)
        if not source:
            return None
        v = View(self.relation("v"), schema=self.schema(), kind="view", source=source, items=[], where=None, key=None, distinct=False, materialized=materialized,
                 options=self.rng.randint(0, 3), indexes=[], triggered=None, owner=None, grants=set())
        for c in self.some(self.columns_of(source), 1, 5):
            v.items.append(self.item(v, c))
        if not v.items:
            return None
        if self.chance(40):
            v.where = self.any_test(self.columns_of(source))
        if self.chance(15):
            v.distinct = True
        elif self.chance(20):
            v.key = self.pick(k for k in getattr(source, "keys", []) if k.kind == "primary" and k.variant != 1)
        if materialized and self.chance(60):
            v.indexes.append(Thing(self.relation("vx"), on=v.items[:1]))
        self.views.append(v)
        return v.name

    def item(self, v, c):
        e = self.any_expression([c], 15) if self.chance(25) else ("col", c)
        name = c.name if e[0] == "col" else self.own_name("i")
        return Thing(self.own_name("i") if any(i.name == name for i in v.items) else name, expr=e)

    def add_view(self):
        return self.view(False)

    def add_matview(self):
        return self.view(True)

    def any_view(self):
        return self.pick(v for v in self.views if v.kind == "view")

    def change_view(self):
        v = self.any_view()
        if not v:
            return None
        how = self.pick(["gone", "more", "first", "less", "order", "name", "where", "options", "distinct", "kind", "rename", "move", "instead"])
        if how == "gone":
            v.gone = True
            self.free(v.name)
        elif how in ("more", "first"):
            c = self.pick(self.columns_of(v.source))
            if c:
                v.items.insert(len(v.items) if how == "more" else 0, self.item(v, c))
        elif how == "less" and len(v.items) > 1:
            self.pick(v.items).gone = True
        elif how == "order":
            self.rng.shuffle(v.items)
        elif how == "name":
            self.pick(v.items).name = self.own_name("i")
        elif how == "where":
            v.where = self.any_test(self.columns_of(v.source))
        elif how == "options":
            v.options = self.rng.randint(0, 3)
        elif how == "distinct":
            v.distinct, v.key = not v.distinct, None
        elif how == "kind":
            v.materialized = not v.materialized
        elif how == "rename":
            self.free(v.name)
            v.name = self.relation("v")
        elif how == "move":
            v.schema = self.schema()
        else:
            v.triggered = self.pick(f for f in self.functions if f.kind == "trigger")
        if not v.materialized:
            v.indexes = []
        return f"{v.name} {how}"

    def add_using_function(self):
        t = self.pick(t for t in self.tables if t.cols)
        kind = self.pick(["setof", "rowarg", "atomic"]) if self.version >= 14 else self.pick(["setof", "rowarg"])
        f = Thing(self.relation("fu"), schema=self.schema(), kind=kind, of=t, column=self.pick(t.cols), variant=self.rng.randint(0, 5), options=self.rng.randint(0, 5),
                  owner=None, revoked=False)
        self.views.append(f)
        return f"{kind} {f.name}"

    # ---- functions, types, sequences ----

    def change_function(self):
        f = self.pick(self.functions + [v for v in self.views if v.kind != "view"])
        if not f:
            return None
        how = self.pick(["variant", "options", "gone", "argname", "returns", "owner", "revoked", "move"])
        if how == "gone":
            f.gone = True
            self.free(f.name)
        elif how == "returns":
            if f.kind != "scalar":
                return None
            f.returns = self.pick(["numeric", "text", "boolean"])
        elif how == "argname":
            f.argname = self.pick("abcd")
        elif how == "owner":
            f.owner = self.pick([None, ROLES[0]])
        elif how == "revoked":
            f.revoked = not f.revoked
        elif how == "move":
            f.schema = self.schema()
        else:
            setattr(f, how, self.rng.randint(0, 5))
        return f"{f.kind} {f.name} {how}"

    def change_enum(self):
        t = self.pick(t for t in self.types if t.kind == "enum")
        if not t:
            return None
        how = self.pick(["add", "add", "remove", "order"])
        if how == "add":
            t.labels.insert(self.rng.randint(0, len(t.labels)), self.own_name("l"))
        elif how == "remove" and len(t.labels) > 2:
            t.labels.remove(self.pick(t.labels))
        else:
            self.rng.shuffle(t.labels)
        return f"{t.name} {how} {t.labels}"

    def change_type_itself(self):
        t = self.pick(t for t in self.types if t.kind != "enum")
        if not t:
            return None
        if t.kind == "domain":
            how = self.pick(["check", "default", "base", "variant"])
            if how == "check":
                t.checked = None if t.checked else self.own_name("dc")
            elif how == "default":
                t.default = not t.default
            elif how == "variant":
                t.variant += 1
            else:
                t.base = "text" if t.base != "text" else "character varying(40)"
        else:
            how = self.pick(["add", "drop", "type"])
            if how == "add":
                t.attrs.append((self.own_name("a"), "text"))
            elif how == "drop" and len(t.attrs) > 1:
                t.attrs.pop(0)
            else:
                t.attrs[0] = (t.attrs[0][0], "bigint" if t.attrs[0][1] == "integer" else "text")
        return f"{t.kind} {t.name} {how}"

    def drop_or_move_type(self):
        t = self.pick(self.types)
        if not t:
            return None
        if self.chance(40):
            t.gone = True
            self.free(t.name)
            return f"{t.name} gone"
        t.schema = self.schema()
        return f"{t.name} to {t.schema}"

    def change_sequence(self):
        s = self.pick(self.sequences)
        if not s:
            return None
        how = self.pick(["gone", "type", "increment", "most", "cycle", "owner"])
        if how == "gone":
            s.gone = True
            for t in self.tables:
                for c in t.cols:
                    c.default = None if c.default is s else c.default
            self.free(s.name)
        elif how == "type":
            s.type = self.pick(["integer", "bigint"])
        elif how == "cycle":
            s.cycle = not s.cycle
        elif how == "owner":
            s.owner_column = None
        else:
            setattr(s, how, self.rng.randint(1, 5) if how == "increment" else self.rng.randint(1000, 9000))
        return f"{s.name} {how}"

    # ---- rights and words ----

    def own(self):
        o = self.pick([t for t in self.tables] + self.views + self.types)
        if not getattr(o, "materialized", False):  # who owns one must be allowed to read what it is of
            o.owner = self.pick([None] + list(ROLES))
        return f"{o.name} {o.owner}"

    def grant(self):
        o = self.pick([t for t in self.tables if t.cols] + [v for v in self.views if v.kind == "view"] + self.sequences)
        r = self.pick(ROLES)
        if hasattr(o, "keys"):
            g = (r, self.pick(["SELECT", "INSERT"]), self.pick([None, self.pick(o.cols)]))
            if o.owner == r:
                return None
            o.grants ^= {g}
        else:
            o.grants ^= {r}
        return f"{o.name} {r}"

    def default_grant(self):
        g = (self.pick(ROLES), self.schema())
        if g in self.default_grants:
            self.default_grants.remove(g)
        else:
            self.default_grants.append(g)
        return str(g)

    def comment(self):
        o = self.pick(self.tables + self.views + self.types + self.sequences + self.functions + [c for t in self.tables for c in t.cols + t.keys + t.indexes] +
                      [i for v in self.views if v.kind == "view" for i in v.items + v.indexes])
        o.comment = self.pick([None, f"it's {self.rng.randint(1, 99)}", "a;b\\c"])
        return o.name

    def add_publication(self):
        if self.publications and self.chance(40):
            self.pick(self.publications).gone = True
            return "one less"
        ts = self.some([t for t in self.tables if not t.unlogged and not t.parent], 1, 3)
        p = Thing(self.own_name("pub"), tables=[(t, self.any_test([c for c in t.cols if not c.generated and isinstance(c.type, str)]) if self.chance(40) else None) for t in ts],
                  insert=self.chance(30))
        self.publications.append(p)
        return p.name

    def drop_or_add_schema(self):
        s = self.pick(self.schemas[1:])
        if s and self.chance(40):
            self.schemas.remove(s)
            return f"{s} gone"
        self.schemas.append(self.own_name("sc"))
        return self.schemas[-1]

    MUTATIONS = [(6, "add_column"), (6, "drop_column"), (5, "change_type"), (12, "change_used_type"), (5, "change_key_type"), (4, "another_type"),
                 (4, "to_type_of_own"), (4, "set_not_null"), (4, "set_default"), (3, "set_serial"), (4, "set_identity"), (5, "set_generated"),
                 (4, "column_options"), (5, "rename_column"), (3, "swap_columns"), (4, "add_table"), (3, "drop_table"), (4, "rename_table"),
                 (3, "swap_tables"), (4, "move_table"), (5, "partition"), (4, "change_parts"), (5, "table_options"), (6, "add_key"), (4, "drop_key"),
                 (6, "change_key"), (4, "add_foreign"), (5, "add_index"), (5, "change_index"), (2, "add_statistics"), (4, "add_trigger"),
                 (4, "change_trigger"), (3, "add_policy"), (4, "change_policy"), (5, "add_view"), (4, "add_matview"), (10, "change_view"),
                 (4, "add_using_function"), (3, "add_function"), (8, "change_function"), (7, "change_enum"), (6, "change_type_itself"), (2, "add_type"),
                 (3, "drop_or_move_type"), (2, "add_sequence"), (4, "change_sequence"), (4, "own"), (5, "grant"), (2, "default_grant"), (6, "comment"),
                 (3, "add_publication"), (2, "drop_or_add_schema")]


