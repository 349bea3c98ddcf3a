"""my_mutate.py - what may happen to a random schema for MySQL or MariaDB. Each method does one thing and says what, or None."""
from common import Thing
from my_world import CHARSETS, FAMILY, FITTING, KEYABLE, World, column_type, family, type_sql

BASES = [t for t in FAMILY if t not in ("decimal(20,4)", "varchar(200)")]


class Mutations(World):
    def __init__(self, seed, engine):
        super().__init__(seed, engine)
        for _ in range(5):
            self.add_table()
        for name in ("add_sequence", "add_index", "add_foreign", "add_foreign", "add_view", "add_program", "add_trigger", "add_check", "add_view", "add_index") * 2:
            getattr(self, name)()
            self.fix()
        self.freed = []

    # ---- making things ----

    def any_type(self):
        if self.chance(15):
            return (self.pick(["enum", "set"]), [f"l{i}" for i in range(self.rng.randint(2, 4))])
        return self.pick(BASES)

    def column(self, t, kind=None):
        c = Thing(self.new_name("c"), table=t, type=kind or self.any_type(), default=None, notnull=False, generated=None, auto=False, collation=None,
                  invisible=False, filled=True)
        if self.chance(30):
            c.default = self.rng.randint(0, 12)
        if self.chance(20):
            c.collation = self.pick(CHARSETS)
        while any(x.name == c.name for x in t.cols):
            c.name = self.own_name("c")
        return c

    def taken(self, name):
        return any(x.name == name for x in self.tables + self.views + self.programs + self.sequences)

    def relation(self, stem):
        name = self.new_name(stem)
        return self.own_name(stem) if self.taken(name) else name

    def add_table(self):
        t = Thing(self.relation("t"), cols=[], keys=[], checks=[], foreign=[], triggers=[], partition=None, collation=self.pick([None, None] + CHARSETS),
                  row_format=self.pick([None, None, "DYNAMIC", "COMPACT"]), versioned=self.chance(5))
        for kind in [self.pick(["int", "bigint", "varchar(20)", "date"])] + [None] * self.rng.randint(2, 6):
            t.cols.append(self.column(t, kind))
        self.tables.append(t)
        if self.chance(75):
            t.keys.append(self.new_key(t, "primary", [(t.cols[0], 0)]))
            t.cols[0].auto = self.chance(40)
        if self.chance(35):
            self.make_generated(t)
        if self.chance(20):
            self.split(t)
        self.fix_table(t)
        return t.name

    def new_key(self, t, kind, on, expr=None):
        return Thing(self.own_name("k"), table=t, kind=kind, on=on, expr=expr, hidden=self.chance(10))

    def any_table(self):
        return self.pick(self.tables)

    def any_column(self, plain=True):
        return self.pick(c for t in self.tables for c in t.cols if not plain or not c.generated)

    def make_generated(self, t):
        c = self.pick(c for c in t.cols if not c.generated and not c.auto and family(c.type) in ("num", "text", "date"))
        if not c:
            return None
        g = self.column(t, "int")
        g.generated, g.default, g.collation = (self.pick(["stored", "virtual"]), ("op", c, self.rng.randint(0, 5))), None, None
        t.cols.append(g)
        return g

    # ---- columns ----

    def add_column(self):
        t = self.any_table()
        c = self.make_generated(t) if self.chance(15) else self.column(t)
        if c and not c.generated:
            t.cols.insert(self.rng.randint(0, len(t.cols)), c)
            c.notnull = self.chance(15) and c.default is not None
            c.invisible = self.chance(10)
        return c and f"{t.name}.{c.name} {type_sql(c.type)}"

    def drop_column(self):
        c = self.any_column(False)
        if len(c.table.cols) < 3:
            return None
        c.gone = True
        self.free(c.name)
        return f"{c.table.name}.{c.name}"

    def retype(self, c, t):
        was, c.type = type_sql(c.type), t
        if isinstance(c.default, int) and self.chance(50):
            c.default = self.rng.randint(0, 12)
        return f"{c.table.name}.{c.name}: {was} -> {type_sql(t)}"

    def change_type(self):
        c = self.any_column()
        t = self.pick(b for a, b in FITTING if a == c.type)
        return self.retype(c, t) if t else None

    def change_used_type(self):
        used = [i.expr[1] for v in self.views for i in v.items] + [c.generated[1][1] for t in self.tables for c in t.cols if c.generated] + \
            [c for t in self.tables for k in t.keys for c, _ in k.on] + [k.expr[1] for t in self.tables for k in t.checks]
        c = self.pick(c for c in used if hasattr(c, "auto") and not c.generated)
        t = self.pick(b for a, b in FITTING if c and a == c.type)
        return self.retype(c, t) if t else None

    def change_key_type(self):
        f = self.pick(f for t in self.tables for f in t.foreign)
        if not f:
            return None
        t = self.pick(b for a, b in FITTING if a == f.col.type and family(b) in KEYABLE)
        if not t:
            return None
        target = f.ref.on[0][0]
        for c in dict.fromkeys([target] + [o.col for x in self.tables for o in x.foreign if o.ref is f.ref]):
            c.type = t
        return f"{f.name}: {t}"

    def another_type(self):
        c = self.any_column()
        if len(c.table.cols) < 3:
            return None
        c.gone = True
        new = self.column(c.table)
        new.name = c.name
        c.table.cols.append(new)
        return f"{c.table.name}.{c.name} {type_sql(new.type)}"

    def change_list(self):
        c = self.pick(c for t in self.tables for c in t.cols if isinstance(c.type, tuple) and not c.generated)
        if not c:
            return None
        labels = list(c.type[1])
        how = self.pick(["add", "middle", "remove", "order"])
        if how == "remove" and len(labels) > 2:
            labels.pop()
        elif how == "order":
            self.rng.shuffle(labels)
        else:
            labels.insert(len(labels) if how == "add" else 0, self.own_name("l"))
        c.type = (c.type[0], labels)
        return f"{c.table.name}.{c.name} {how} {labels}"

    def set_not_null(self):
        c = self.any_column()
        c.notnull = not c.notnull
        return f"{c.table.name}.{c.name} {c.notnull}"

    def set_default(self):
        c = self.any_column()
        c.default = self.pick([None, self.rng.randint(0, 12), self.rng.randint(0, 12), self.pick(self.sequences)])
        return f"{c.table.name}.{c.name} {c.default}"

    def set_auto(self):
        t = self.any_table()
        k = self.pick(k for k in t.keys if k.kind in ("primary", "unique") and k.on)
        if not k:
            return None
        c = k.on[0][0]
        if not c.auto and any(x.auto for x in t.cols):
            return None
        c.auto = not c.auto
        return f"{t.name}.{c.name} {c.auto}"

    def set_generated(self):
        c = self.any_column(False)
        stored = [x for x in c.table.cols if not x.generated and not x.auto and x is not c and family(x.type) in ("num", "text", "date")]
        if c.generated:
            how = self.pick(["expression", "kind", "plain"])
            if how == "plain":
                c.type, c.generated = ("bigint" if family(column_type(c)) == "num" else "varchar(100)"), None
            elif how == "kind":
                c.generated = ("virtual" if c.generated[0] == "stored" else "stored", c.generated[1])
            else:
                c.generated = (c.generated[0], (c.generated[1][0], c.generated[1][1], self.rng.randint(0, 5)))
            return f"{c.table.name}.{c.name} {how}"
        e = self.pick(stored)
        if not e or c.auto or self.chance(60):
            return None
        c.generated, c.default, c.collation = (self.pick(["stored", "virtual"]), ("op", e, self.rng.randint(0, 5))), None, None
        return f"{c.table.name}.{c.name}: generated"

    def column_options(self):
        c = self.any_column()
        how = self.pick(["comment", "collation", "invisible", "place"])
        if how == "comment":
            c.comment = self.pick([None, f"it's {self.rng.randint(1, 99)}", "a;b\\c"])
        elif how == "collation":
            c.collation = self.pick([None] + CHARSETS)
        elif how == "invisible":
            c.invisible = not c.invisible
        else:
            c.table.cols.remove(c)
            c.table.cols.insert(self.rng.randint(0, len(c.table.cols)), c)
        return f"{c.table.name}.{c.name} {how}"

    def rename_column(self):
        c = self.any_column()
        old, c.name = c.name, self.own_name("c")
        used = self.used_in(c.table) + [k.expr[1] for k in c.table.keys if k.expr]
        used += [c.table.partition[1]] if c.table.partition else []
        if self.chance(60) and (self.maria or c not in used):  # MySQL has no statement for the others
            self.renames.append(f"{c.table.name}.{old}={c.name}")
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
        if self.chance(60) and not self.renames:
            self.renames.append(f"{old}={t.name}")
        else:
            self.free(old)
        return f"{old} {t.name} {self.renames[-1:]}"

    def swap_tables(self):
        a = self.some(self.tables, 2, 2)
        a[0].name, a[1].name = a[1].name, a[0].name
        return f"{a[0].name}, {a[1].name}"

    def split(self, t):
        c = self.pick(c for c in t.cols if not c.generated and family(c.type) in ("num", "date") and not (isinstance(c.type, str) and c.type.startswith(("dec", "dou"))))
        if not c:
            return None
        t.partition = (self.pick(["range", "range", "list", "hash", "key"]), c, self.rng.randint(1, 3))
        for k in t.keys:
            if k.kind in ("primary", "unique") and c not in [x for x, _ in k.on]:
                k.on.append((c, 0))
        return t.partition[0]

    def partition(self):
        t = self.any_table()
        if t.partition and self.chance(30):
            t.partition = None
            return f"{t.name}: no longer"
        if t.partition and self.chance(60):
            t.partition = (t.partition[0], t.partition[1], self.rng.randint(1, 4))
            return f"{t.name}: another number"
        said = self.split(t)
        return said and f"{t.name}: {said}"

    def table_options(self):
        t = self.any_table()
        how = self.pick(["collation", "row_format", "comment", "versioned"])
        values = {"collation": self.pick([None] + CHARSETS), "row_format": self.pick([None, "DYNAMIC", "COMPACT"]),
                  "comment": self.pick([None, "it's", "x;y"]), "versioned": self.maria and not t.versioned}
        setattr(t, how, values[how])
        return f"{t.name} {how} {values[how]}"

    # ---- what hangs on tables ----

    def add_index(self):
        t = self.any_table()
        kind = self.pick(["index", "index", "index", "unique", "primary", "fulltext"])
        if kind == "primary" and any(k.kind == "primary" for k in t.keys):
            return None
        good = {"fulltext": ("text", "long"), "index": ("num", "text", "long", "date", "time", "bytes", "short", "list")}.get(kind, ("num", "text", "date", "time"))
        cs = self.some([c for c in t.cols if family(column_type(c)) in good], 1, 2)
        if not cs:
            return None
        expr = ("op", cs[0], self.rng.randint(0, 5)) if kind == "index" and not self.maria and self.chance(20) and family(cs[0].type) == "num" else None
        if t.partition and kind in ("unique", "primary") and t.partition[1] not in cs:
            cs.append(t.partition[1])
        k = self.new_key(t, kind, [(c, self.rng.randint(0, 2) if kind == "index" else 0) for c in cs], expr)
        t.keys.append(k)
        return f"{t.name} {kind} {k.name}"

    def change_index(self):
        k = self.pick(k for t in self.tables for k in t.keys)
        if not k:
            return None
        how = self.pick(["gone", "name", "on", "hidden", "comment", "kind"])
        if how == "gone":
            k.gone = True
        elif how == "name" and k.kind != "primary":
            k.name = self.own_name("k")
        elif how == "on" and k.expr is None and k.kind == "index":
            self.rng.shuffle(k.on)
        elif how == "hidden":
            k.hidden = not k.hidden
        elif how == "comment":
            k.comment = self.pick([None, "c;1", "c2"])
        elif k.kind in ("index", "unique") and k.expr is None:
            k.kind = self.pick(["index", "unique"])
        return f"{k.table.name}.{k.name} {how}"

    def add_check(self):
        t = self.any_table()
        c = self.pick(c for c in t.cols if family(column_type(c)) in ("num", "text"))
        if not c:
            return None
        t.checks.append(Thing(self.own_name("ck"), table=t, expr=("is", c, self.rng.randint(0, 5)), off=self.chance(20)))
        return f"{t.name} {t.checks[-1].name}"

    def change_check(self):
        k = self.pick(k for t in self.tables for k in t.checks)
        if not k:
            return None
        how = self.pick(["gone", "off", "expr", "name"])
        if how == "expr":
            k.expr = ("is", k.expr[1], self.rng.randint(0, 5))
        else:
            setattr(k, how, {"gone": True, "off": not k.off, "name": self.own_name("ck")}[how])
        return f"{k.table.name}.{k.name} {how}"

    def add_foreign(self):
        t = self.any_table()
        r = self.pick(k for x in self.tables for k in x.keys if k.kind in ("primary", "unique") and len(k.on) == 1 and not x.partition)
        if not r or t.partition:
            return None
        target = r.on[0][0]
        c = self.pick(c for c in t.cols if column_type(c) == column_type(target) and self.collation_of(t, c) == self.collation_of(r.table, target) and not c.generated and c is not target)
        if not c:
            c = self.column(t, target.type)
            c.collation, c.default = self.collation_of(r.table, target), None
            t.cols.append(c)
        f = Thing(self.own_name("fk"), table=t, col=c, ref=r, variant=self.rng.randint(0, 2))
        t.foreign.append(f)
        return f"{t.name} {f.name} to {r.table.name}"

    def change_foreign(self):
        f = self.pick(f for t in self.tables for f in t.foreign)
        if not f:
            return None
        how = self.pick(["gone", "variant", "name"])
        setattr(f, how, {"gone": True, "variant": self.rng.randint(0, 2), "name": self.own_name("fk")}[how])
        return f"{f.table.name}.{f.name} {how}"

    def add_trigger(self):
        t = self.any_table()
        g = Thing(self.own_name("tg"), table=t, time=self.pick(["BEFORE", "AFTER"]), event=self.pick(["INSERT", "UPDATE", "DELETE"]),
                  col=self.pick(c for c in t.cols if not c.generated and not c.auto), variant=self.rng.randint(0, 5))
        t.triggers.append(g)
        return f"{t.name} {g.name}"

    def change_trigger(self):
        t, g = self.pick((t, g) for t in self.tables for g in t.triggers) or (None, None)
        if not g:
            return None
        how = self.pick(["gone", "variant", "time", "order"])
        if how == "order":
            self.rng.shuffle(t.triggers)
        else:
            setattr(g, how, {"gone": True, "variant": self.rng.randint(0, 5), "time": "AFTER"}[how])
        return f"{t.name}.{g.name} {how}"

    # ---- views and programs ----

    def add_view(self):
        source = self.pick(self.tables + self.views)
        v = Thing(self.relation("v"), source=source, items=[], where=None, distinct=self.chance(15), variant=self.rng.randint(0, 2))
        has = source.items if hasattr(source, "items") else source.cols
        for c in self.some(has, 1, 5):
            self.item(v, c)
        v.where = ("is", self.pick(has), self.rng.randint(0, 5)) if self.chance(40) else None
        self.views.append(v)
        return v.name

    def item(self, v, c, place=None):
        e = ("op", c, self.rng.randint(0, 5)) if self.chance(25) and family(column_type(c)) in ("num", "text") else ("col", c)
        name = self.own_name("i") if e[0] == "op" or any(i.name == c.name for i in v.items) else c.name
        v.items.insert(len(v.items) if place is None else place, Thing(name, expr=e))

    def change_view(self):
        v = self.pick(self.views)
        if not v:
            return None
        has = v.source.items if hasattr(v.source, "items") else v.source.cols
        how = self.pick(["gone", "more", "less", "order", "name", "where", "variant", "rename"])
        if how == "more":
            self.item(v, self.pick(has), 0)
        elif how == "less" and len(v.items) > 1:
            self.pick(v.items).gone = True
        elif how == "order":
            self.rng.shuffle(v.items)
        elif how == "name":
            self.pick(v.items).name = self.own_name("i")
        elif how == "where":
            v.where = ("is", self.pick(has), self.rng.randint(0, 5))
        elif how == "variant":
            v.variant = self.rng.randint(0, 2)
        elif how == "rename":
            v.name = self.relation("v")
        elif how == "gone":
            v.gone = True
            self.free(v.name)
        return f"{v.name} {how}"

    def add_program(self):
        p = Thing(self.relation("pr"), kind=self.pick(["procedure", "function", "event"]), arg=self.pick("ab"), returns=self.pick(["int", "varchar(20)"]),
                  variant=self.rng.randint(0, 5), options=self.rng.randint(0, 3))
        self.programs.append(p)
        return f"{p.kind} {p.name}"

    def change_program(self):
        p = self.pick(self.programs)
        if not p:
            return None
        how = self.pick(["gone", "arg", "returns", "variant", "options"])
        setattr(p, how, {"gone": True, "arg": self.pick("abc"), "returns": self.pick(["int", "bigint", "varchar(40)"]), "variant": self.rng.randint(0, 5),
                         "options": self.rng.randint(0, 3)}[how])
        return f"{p.name} {how}"

    def add_sequence(self):
        if not self.maria:
            return None
        self.sequences.append(Thing(self.relation("sq"), increment=self.rng.randint(1, 4), most=self.rng.randint(1000, 9000), cycle=self.chance(20)))
        return self.sequences[-1].name

    def change_sequence(self):
        s = self.pick(self.sequences)
        if not s:
            return None
        how = self.pick(["gone", "increment", "most", "cycle"])
        setattr(s, how, {"gone": True, "increment": self.rng.randint(1, 4), "most": self.rng.randint(1000, 9000), "cycle": not s.cycle}[how])
        return f"{s.name} {how}"

    MUTATIONS = [(6, "add_column"), (6, "drop_column"), (6, "change_type"), (10, "change_used_type"), (5, "change_key_type"), (4, "another_type"),
                 (5, "change_list"), (5, "set_not_null"), (5, "set_default"), (4, "set_auto"), (7, "set_generated"), (7, "column_options"),
                 (5, "rename_column"), (3, "swap_columns"), (4, "add_table"), (3, "drop_table"), (4, "rename_table"), (3, "swap_tables"),
                 (6, "partition"), (6, "table_options"), (7, "add_index"), (7, "change_index"), (4, "add_check"), (4, "change_check"), (5, "add_foreign"),
                 (4, "change_foreign"), (4, "add_trigger"), (4, "change_trigger"), (4, "add_view"), (7, "change_view"), (3, "add_program"),
                 (5, "change_program"), (2, "add_sequence"), (3, "change_sequence")]
