"""One small rule book and its rows, answered by planproof and by others: what `bench_peers` measures."""
