/** The text of `--help`. */
export const HELP = `Usage: node dist/simulator/bin.js [options]

  --port N             port to listen on; 0 uses a free one (default 0)
  --host NAME          address to listen on (default 127.0.0.1)
  --seed N             seed of the invented company (default 1)
  --answers DIR        serve recorded query answers <Entity>.json instead of the invented company
  --rows Entity=N      generate N records of an entity; repeatable
  --rows-from TIME     start of their update times (default 2023-01-01)
  --rows-to TIME       end of their update times, exclusive (default 2026-01-01)
  --client-id, --client-secret, --refresh-token, --realm-id TEXT
  --rotation WHEN      when a refresh returns a new refresh token: daily, always or never (default daily)
  --grace TIME         how long a replaced refresh token still works: 24h or 0 (default 24h)
  --limits on|off      enforce 10 requests/s, 500/min, 10 in flight, 40 batches/min (default off)
  --monthly-allowance N  block reads after N calls in a month
  --latency-ms N       wait before every API answer
  --now TIME           the simulated time at the start (default: real time)
  --log                write one line to stderr for every request
`;
