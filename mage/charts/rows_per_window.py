"""The number of records in each window, summed over all entities of the run."""

windows = df_1.groupby('window_start_utc')['rows'].sum()  # noqa: F821  (df_1: the table that the exporter returns)
x = [start[:10] for start in windows.index]
y = windows.tolist()
