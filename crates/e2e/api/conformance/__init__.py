"""The API against the model of the original service: rows are made from botocore's service model, never from ours.

`model` reads the model, `samples` has one good request for each operation, `values` has what a shape takes and does
not take, `rows` makes the rows, and `scene` carries them out. Each test names the row that failed.
"""
