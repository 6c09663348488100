"""What people use today, beside a model on the same comments: `python -m evaluation.peers`.

`table` holds what is compared, `environments` where a peer runs, `worker` what runs there.
"""
