"""Sums up a file of charges with DuckDB, and nothing of ledgit.

The first argument is the file. Prints one JSON object: for each BillingCurrency its rows and the exact sums of
the four costs and of x_Amount, as texts.
"""

import json
import sys

import duckdb

COSTS = ["BilledCost", "EffectiveCost", "ListCost", "ContractedCost", "x_Amount"]

connection = duckdb.connect()
charges = connection.read_csv(sys.argv[1], all_varchar=True)
sums = {}
for cost in COSTS:
    # A cast to fewer digits after the point would round, and one to more leaves fewer before it.
    fraction = f"length(split_part({cost}, '.', 2))"
    ((scale,),) = charges.aggregate(f"coalesce(max({fraction}), 0)").fetchall()
    total = f"sum(cast({cost} as decimal(38, {scale})))"
    found = charges.aggregate(f"BillingCurrency, count(*), {total}", "BillingCurrency").fetchall()
    for currency, rows, amount in found:
        of = sums.setdefault(currency, {"rows": rows})
        of[cost] = "0" if amount is None else format(amount, "f")
print(json.dumps(sums))
