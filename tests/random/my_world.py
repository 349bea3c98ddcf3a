"""my_world.py - a random schema for MySQL or MariaDB: what is in it, what cannot stand, and its SQL."""
from common import Base, Thing

FAMILY = {
    "tinyint unsigned": "num", "smallint": "num", "int": "num", "int unsigned": "num", "bigint": "num", "decimal(10,2)": "num",
    "decimal(12,4)": "num", "double": "num", "varchar(20)": "text", "varchar(40)": "text", "varchar(100)": "text", "char(8)": "text",
    "text": "long", "mediumtext": "long", "date": "date", "datetime": "time", "datetime(3)": "time", "timestamp": "time", "time": "clock",
    "year": "year", "json": "json", "blob": "bytes", "varbinary(20)": "short", "bit(8)": "bits",
}
# Types into which the values that rows() gives can be turned
FITTING = [("tinyint unsigned", "int"), ("smallint", "bigint"), ("int", "bigint"), ("int", "varchar(20)"), ("int", "decimal(10,2)"),
           ("int", "int unsigned"), ("int unsigned", "bigint"), ("bigint", "int"), ("decimal(10,2)", "decimal(12,4)"), ("decimal(12,4)", "decimal(10,2)"),
           ("decimal(10,2)", "double"), ("double", "decimal(12,4)"), ("varchar(20)", "varchar(40)"), ("varchar(40)", "varchar(20)"),
           ("varchar(40)", "varchar(100)"), ("varchar(100)", "text"), ("varchar(20)", "int"), ("text", "varchar(100)"), ("text", "mediumtext"),
           ("mediumtext", "text"), ("char(8)", "varchar(20)"), ("varchar(20)", "char(8)"), ("date", "datetime"), ("datetime", "datetime(3)"),
           ("datetime(3)", "datetime"), ("datetime", "timestamp"), ("timestamp", "datetime"), ("datetime", "date"), ("date", "varchar(40)"),
           ("json", "mediumtext"), ("year", "int"), ("time", "varchar(20)"), ("blob", "varbinary(20)"), ("varbinary(20)", "blob"), ("bit(8)", "int")]
KEYABLE = {"num", "text", "date", "time"}
CHARSETS = ["utf8mb4_bin", "utf8mb4_general_ci", "latin1_swedish_ci", "utf8mb3_general_ci"]


def qi(name):
    return "`" + name.replace("`", "``") + "`"


def ql(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def family(t):
    return "list" if isinstance(t, tuple) else FAMILY[t]


def type_sql(t):
    return f"{t[0]}({','.join(map(ql, t[1]))})" if isinstance(t, tuple) else t


def column_type(c):
    e = getattr(c, "generated", None)
    if e:
        return expression_type(e[1])
    return c.type if hasattr(c, "type") else expression_type(c.expr)


def expression_type(e):
    if e[0] == "col":
        return column_type(e[1])
    f = family(column_type(e[1]))
    return {"num": "decimal(20,4)", "text": "varchar(200)", "long": "varchar(200)"}.get(f, "int")


FAMILY.update({"decimal(20,4)": "num", "varchar(200)": "text"})


def sample(t, i):
    f = family(t)
    if f == "list":
        return ql(t[1][i % len(t[1])])
    return {"num": f"{i}", "text": f"'{i}'", "long": f"'{i}'", "date": f"'2020-01-0{i}'", "time": f"'2020-01-0{i} 00:00:00'", "clock": f"'0{i}:00:00'",
            "year": f"200{i}", "json": f"'{{\"a\": {i}}}'", "bytes": f"'b{i}'", "short": f"'b{i}'", "bits": f"{i}"}[f]


def expression(e, prefix=""):
    name = prefix + qi(e[1].name)
    if e[0] == "col":
        return name
    f, v = family(column_type(e[1])), e[2]
    if f == "num":
        return (f"({name} + {v})", f"(abs({name}) * 2)", f"(- {name})")[v % 3]
    if f in ("text", "long"):
        return (f"lower({name})", f"concat({name}, 'x')", f"substr({name}, 1, {v + 1})")[v % 3]
    return f"({name} is null)" if v % 2 else f"({name} is not null)"


def test(e, prefix=""):
    name, v = prefix + qi(e[1].name), e[2]
    f = family(column_type(e[1]))
    if f == "num":
        return (f"{name} > {-100 - v}", f"{name} <> {1000 + v}", f"{name} between -1000 and 10000")[v % 3]
    if f == "text":
        return (f"{name} <> 'zz{v}'", f"char_length({name}) < {150 + v}", f"{name} like '%'")[v % 3]
    return f"({name} is not null or {v} >= 0)"


def is_alive(e):
    return not e or not e[1].gone


class World(Base):
    STRANGE = ("%s x", "%s-y", "%s_ä", "%s`q")

    def __init__(self, seed, engine):
        super().__init__(seed)
        self.maria = engine == "mariadb"
        self.tables, self.views, self.programs, self.sequences = [], [], [], []
        self.charset = "utf8mb4_general_ci" if self.maria else "utf8mb4_0900_ai_ci"

    # ---- what cannot stand ----

    def fix(self):
        while self.fix_once():
            pass

    def fix_once(self):
        moved = sum(self.fix_table(t) for t in self.tables) + sum(self.fix_view(v) for v in self.views)
        for x in (self.tables, self.views, self.programs, self.sequences):
            n = len(x)
            x[:] = [o for o in x if not o.gone]
            moved += n != len(x)
        return moved

    def used_in(self, t):
        """Columns of which a check or a generated column is made"""
        return [k.expr[1] for k in t.checks] + [c.generated[1][1] for c in t.cols if c.generated]

    def fix_table(self, t):
        n = len(t.cols) + len(t.keys) + len(t.foreign) + len(t.checks) + len(t.triggers)
        t.cols = [c for c in t.cols if not c.gone and not t.gone]
        t.gone = t.gone or not any(not c.generated for c in t.cols)
        if t.gone:
            for c in t.cols:
                c.gone = True
        for c in t.cols:
            if c.generated and (not is_alive(c.generated[1]) or c.generated[1][1].generated or c.generated[1][1].auto):
                c.gone = True
            if isinstance(c.default, Thing) and (c.default.gone or family(c.type) != "num"):
                c.default = None
            if family(c.type) in ("long", "bytes", "json", "bits"):
                c.default = None
        t.checks = [k for k in t.checks if is_alive(k.expr) and not k.gone and not k.expr[1].auto and not (k.expr[1].generated and self.maria)]
        if t.partition and (t.partition[1].gone or t.partition[1].generated or family(t.partition[1].type) not in ("num", "date") or
                            t.partition[1].type in ("decimal(10,2)", "decimal(12,4)", "double")):
            t.partition = None
        for k in t.keys:
            k.on = [(c, p) for c, p in k.on if not c.gone]
            if t.partition and k.kind in ("primary", "unique"):
                have = [c for c, _ in k.on]
                k.gone = k.gone or t.partition[1] not in have
            k.gone = k.gone or not k.on or (k.kind in ("primary", "unique") and any(family(column_type(c)) not in KEYABLE or (c.generated) for c, _ in k.on)) or \
                (k.kind == "fulltext" and (t.partition or any(family(column_type(c)) not in ("text", "long") or c.generated for c, _ in k.on))) or \
                (k.kind == "fulltext" and len({self.collation_of(t, c) for c, _ in k.on}) > 1) or \
                any(family(column_type(c)) in ("json",) or (c.generated and c.generated[0] == "virtual" and family(column_type(c)) != "num") for c, _ in k.on) or \
                (k.expr is not None and (not is_alive(k.expr) or k.expr[1].generated or family(k.expr[1].type) not in ("num",) or k.expr[1].auto))
            for c, _ in k.on if k.kind == "primary" else []:
                c.notnull = True
        t.keys = [k for k in t.keys if not k.gone]
        for c in t.cols:
            if c.auto and not (any(k.on[0][0] is c for k in t.keys if k.kind in ("primary", "unique")) and family(c.type) == "num" and not c.generated
                               and not c.type.startswith(("dec", "dou"))):
                c.auto = False
            if c.auto:
                c.default, c.notnull = None, True
        for f in t.foreign:
            r = f.ref
            f.gone = f.gone or f.col.gone or r.gone or r.table.gone or r not in r.table.keys or len(r.on) != 1 or f.col.generated or t.partition or \
                r.table.partition or column_type(f.col) != column_type(r.on[0][0]) or self.collation_of(t, f.col) != self.collation_of(r.table, r.on[0][0]) or \
                family(f.col.type) != "num" and family(f.col.type) != "text" or t.versioned or r.table.versioned
            if f.col in self.used_in(t):
                f.variant = 0
        t.foreign = [f for f in t.foreign if not f.gone]
        for g in t.triggers:
            g.gone = g.gone or (g.col is not None and (g.col.gone or g.col.generated))
        t.triggers = [g for g in t.triggers if not g.gone]
        if t.versioned and (t.partition or t.foreign or any(k.kind == "fulltext" for k in t.keys)):
            t.versioned = False
        return n != len(t.cols) + len(t.keys) + len(t.foreign) + len(t.checks) + len(t.triggers)

    def fix_view(self, v):
        n, was = len(v.items), v.gone
        has = v.source.items if hasattr(v.source, "items") else v.source.cols
        v.items = [i for i in v.items if not i.gone and is_alive(i.expr) and i.expr[1] in has]
        v.gone = v.gone or v.source.gone or not v.items
        if v.where and not (is_alive(v.where) and v.where[1] in has):
            v.where = None
        for i in v.items if v.gone else []:
            i.gone = True
        return n != len(v.items) or was != v.gone

    def collation_of(self, t, c):
        return c.collation or t.collation or self.charset

    # ---- its SQL ----

    def column_sql(self, t, c):
        kind = column_type(c)
        out = f"{qi(c.name)} {type_sql(kind)}"
        if c.collation and family(kind) in ("text", "long", "list") and not c.generated:
            out += f" CHARACTER SET {c.collation.split('_')[0]} COLLATE {c.collation}"
        if c.generated:
            out += f" GENERATED ALWAYS AS ({expression(c.generated[1])}) {c.generated[0].upper()}"
        else:
            out += " NOT NULL" if c.notnull else " NULL"
            if c.default is not None and not c.auto:
                if isinstance(c.default, Thing):
                    out += f" DEFAULT nextval({qi(c.default.name)})"
                elif c.default > 8 and kind in ("datetime", "timestamp"):
                    out += " DEFAULT CURRENT_TIMESTAMP" + (" ON UPDATE CURRENT_TIMESTAMP" if c.default > 10 else "")
                else:
                    out += f" DEFAULT {sample(kind, 1 + c.default % 9)}"
            if c.auto:
                out += " AUTO_INCREMENT"
        if c.invisible and len([x for x in t.cols if not x.invisible]) and not c.generated and (c.default is not None or not c.notnull):
            out += " INVISIBLE"
        return out + (f" COMMENT {ql(c.comment)}" if c.comment else "")

    def key_sql(self, k):
        if k.expr is not None:
            on = [f"({expression(k.expr)})"]
        else:
            on = []
            for c, prefix in k.on:
                long = family(column_type(c)) in ("long", "bytes")
                on.append(qi(c.name) + ("(20)" if k.kind != "fulltext" and (long or (prefix == 1 and family(column_type(c)) == "text" and
                                                                                   column_type(c) != "char(8)" and not c.generated)) and column_type(c) != "varchar(20)" else "") +
                          (" DESC" if prefix == 2 and k.kind == "index" else ""))
        if k.kind == "primary":
            return f"PRIMARY KEY ({', '.join(on)})"
        out = {"unique": "UNIQUE KEY", "index": "KEY", "fulltext": "FULLTEXT KEY"}[k.kind] + f" {qi(k.name)} ({', '.join(on)})"
        if k.comment:
            out += f" COMMENT {ql(k.comment)}"
        if k.hidden and k.kind == "index":
            out += " IGNORED" if self.maria else " INVISIBLE"
        return out

    def table_sql(self, t):
        parts = [self.column_sql(t, c) for c in t.cols] + [self.key_sql(k) for k in t.keys]
        parts += [f"CONSTRAINT {qi(k.name)} CHECK ({test(k.expr)})" + (" NOT ENFORCED" if k.off and not self.maria else "") for k in t.checks]
        out = f"CREATE TABLE {qi(t.name)} (\n  " + ",\n  ".join(parts) + "\n) ENGINE=InnoDB"
        if t.collation:
            out += f" DEFAULT CHARSET={t.collation.split('_')[0]} COLLATE={t.collation}"
        if t.row_format:
            out += f" ROW_FORMAT={t.row_format}"
        if t.comment:
            out += f" COMMENT={ql(t.comment)}"
        if t.versioned and self.maria:
            out += " WITH SYSTEM VERSIONING"
        return out + self.partition_sql(t) + ";"

    def partition_sql(self, t):
        if not t.partition:
            return ""
        how, c, n = t.partition
        if how in ("hash", "key"):
            how = "key" if family(c.type) != "num" else how
            return f" PARTITION BY {how.upper()} ({qi(c.name)}) PARTITIONS {n + 1}"
        date = family(c.type) == "date"
        value = (lambda i: f"'2020-01-{i:02d}'") if date else (lambda i: str(i))
        columns = " COLUMNS" if date else ""
        if how == "list":
            parts = [f"PARTITION l{i} VALUES IN ({value(i)}, {value(i + 10)})" for i in range(1, 4 + n)]
            return f" PARTITION BY LIST{columns} ({qi(c.name)}) ({', '.join(parts)})"
        parts = [f"PARTITION p{i} VALUES LESS THAN ({value(i + 1)})" for i in range(1, 2 + n)]
        return f" PARTITION BY RANGE{columns} ({qi(c.name)}) ({', '.join(parts)}, PARTITION pmax VALUES LESS THAN {'(MAXVALUE)' if date else 'MAXVALUE'})"

    def script(self):
        out = [f"CREATE SEQUENCE {qi(s.name)} INCREMENT BY {s.increment} MAXVALUE {s.most}{' CYCLE' if s.cycle else ''};" for s in self.sequences]
        out += [self.table_sql(t) for t in self.tables]
        for t in self.tables:
            for f in t.foreign:
                action = ("", " ON DELETE CASCADE", " ON UPDATE CASCADE")[f.variant % 3]
                out.append(f"ALTER TABLE {qi(t.name)} ADD CONSTRAINT {qi(f.name)} FOREIGN KEY ({qi(f.col.name)}) REFERENCES {qi(f.ref.table.name)} ({qi(f.ref.on[0][0].name)}){action};")
        for v in self.views:
            head = ("", "ALGORITHM=MERGE ", "SQL SECURITY INVOKER ")[v.variant % 3]
            items = ", ".join(f"{expression(i.expr, 'x.')} AS {qi(i.name)}" for i in v.items)
            where = f" WHERE {test(v.where, 'x.')}" if v.where else ""
            out.append(f"CREATE {head}VIEW {qi(v.name)} AS SELECT {'DISTINCT ' if v.distinct else ''}{items} FROM {qi(v.source.name)} x{where};")
        out.append("DELIMITER $$")
        for t in self.tables:
            for g in t.triggers:
                set_ = f"SET NEW.{qi(g.col.name)} = NEW.{qi(g.col.name)};" if g.col is not None and g.time == "BEFORE" and g.event != "DELETE" else ""
                out.append(f"CREATE TRIGGER {qi(g.name)} {g.time} {g.event} ON {qi(t.name)} FOR EACH ROW BEGIN {set_} DO {g.variant}; END$$")
        out += [self.program_sql(p) for p in self.programs]
        out.append("DELIMITER ;")
        return "\n".join(out) + "\n"

    def program_sql(self, p):
        options = ("", " SQL SECURITY INVOKER", " COMMENT 'it''s a; b'", " READS SQL DATA")[p.options % 4]
        if p.kind == "procedure":
            return f"CREATE PROCEDURE {qi(p.name)}(IN {p.arg} int, OUT o varchar({20 + p.variant})){options} BEGIN SET o = {p.variant}; END$$"
        if p.kind == "function":
            return f"CREATE FUNCTION {qi(p.name)}({p.arg} {p.returns}) RETURNS {p.returns} DETERMINISTIC{options} BEGIN RETURN {p.arg}; /* {p.variant} */ END$$"
        comment = f" COMMENT '{p.options}'" if p.options % 2 else ""
        return f"CREATE EVENT {qi(p.name)} ON SCHEDULE EVERY {1 + p.variant} DAY STARTS '2035-01-01 00:00:00' DISABLE{comment} DO BEGIN SELECT {p.variant}; END$$"

    def rows(self):
        out = ["SET SESSION foreign_key_checks = 0;"]
        for t in self.tables:
            for i in (1, 2, 3):
                cols = [c for c in t.cols if not c.generated and c.filled]
                if cols:
                    out.append(f"INSERT INTO {qi(t.name)} ({', '.join(qi(c.name) for c in cols)}) SELECT {', '.join(sample(c.type, i) for c in cols)} FROM DUAL "
                               f"WHERE (SELECT COUNT(*) FROM {qi(t.name)} x) < 3;")
        return "\n".join(out) + "\n"
