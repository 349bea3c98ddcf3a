"""common.py - what the generators of random schemas share: names, chance, and how a run is written.

A generator is a World: things that refer to each other as Python objects, so that a rename reaches all that
names them. mutate() changes it; fix() then removes what refers to things that are gone; script() is
the schema as SQL. All of it follows from the seed.
"""
import os
import random


class Thing:
    """Whatever has a name: a table, a column, an index."""

    def __init__(self, name, **fields):
        self.name = name
        self.comment = None
        self.gone = False
        self.__dict__.update(fields)

    def __repr__(self):
        return self.name


class Base:
    """Chance and names. Subclasses have MUTATIONS, a list of (weight, name of method)."""

    STRANGE = ("%s x", "Up%s", "%s-y", "%s_ä")

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.number = 0
        self.freed = []      # names that something had
        self.renames = []    # OLD=NEW of this step, for --rename
        self.mixed = set()   # tables whose rows may be in each other afterwards: judged by their sum

    def chance(self, percent):
        return self.rng.random() * 100 < percent

    def pick(self, of):
        of = list(of)
        return self.rng.choice(of) if of else None

    def some(self, of, low, high):
        of = list(of)
        n = min(len(of), self.rng.randint(low, high))
        return self.rng.sample(of, n)

    def new_name(self, stem):
        if self.freed and self.chance(25):
            return self.freed.pop(self.rng.randrange(len(self.freed)))
        self.number += 1
        name = f"{stem}{self.number}"
        return self.pick(self.STRANGE) % name if self.chance(8) else name

    def own_name(self, stem):
        """A name that nothing had."""
        self.number += 1
        return f"{stem}{self.number}"

    def free(self, name):
        if name not in self.freed:
            self.freed.append(name)

    def mutate(self, most):
        """One to `most` mutations; what was done, in words."""
        self.renames, self.mixed = [], set()
        done = []
        wanted = self.rng.randint(1, most)
        for _ in range(200):
            if len(done) >= wanted:
                break
            weights = [w for w, _ in self.MUTATIONS]
            name = self.rng.choices([n for _, n in self.MUTATIONS], weights)[0]
            said = getattr(self, name)()
            if said:
                done.append(f"{name}: {said}")
                self.fix()
        return done


def write(folder, name, text):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
        f.write(text)


def run(world, folder, steps, most):
    """FOLDER/K.sql, K.rows (rows for tables without), K.what, K.renames, K.mixed for each state K."""
    for k in range(steps + 1):
        done = world.mutate(most) if k else []
        write(folder, f"{k}.sql", world.script())
        write(folder, f"{k}.rows", world.rows())
        write(folder, f"{k}.what", "".join(d + "\n" for d in done))
        write(folder, f"{k}.renames", "".join(r + "\n" for r in world.renames))
        write(folder, f"{k}.mixed", "".join(sorted(m + "\n" for m in world.mixed)))
