#!/usr/bin/env python3
"""generate.py pg|mariadb|mysql VERSION SEED STEPS MOST FOLDER - a random schema, and STEPS states after it, each 1 to MOST mutations
from the one before: FOLDER/K.sql makes state K, K.rows puts rows into tables that have none, K.what says what was done,
K.renames has what --rename takes, K.mixed the tables whose rows are to be counted together. All of it follows from the seed."""
import sys

import common


def main():
    engine, version, seed, steps, most, folder = sys.argv[1:]
    if engine == "pg":
        from pg_mutate import Mutations
        world = Mutations(int(seed), int(version))
    else:
        from my_mutate import Mutations
        world = Mutations(int(seed), engine)
    common.run(world, folder, int(steps), int(most))


main()
