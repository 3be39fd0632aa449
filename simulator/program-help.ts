/** The text of `--help`. */
export const HELP = `Usage: node dist/simulator/bin.js [options]

  --port N             port to listen on; 0 takes a free one (default 0)
  --host NAME          address to listen on (default 127.0.0.1)
  --seed N             seed of the invented company (default 1)
  --answers DIR        recorded query answers <Entity>.json in place of the invented company
  --rows Entity=N      hold N generated records of an entity; repeatable
  --rows-from TIME     start of their last updates (default 2023-01-01)
  --rows-to TIME       end of their last updates, exclusive (default 2026-01-01)
  --client-id, --client-secret, --refresh-token, --realm-id TEXT
  --rotation WHEN      daily, always or never: when a refresh gives a new refresh token (default daily)
  --grace TIME         how long a replaced refresh token still works: 24h or 0 (default 24h)
  --limits on|off      enforce 10 requests/s, 500/min, 10 in flight, 40 batches/min (default off)
  --monthly-allowance N  block reads after N calls in a month
  --latency-ms N       wait before every API answer
  --now TIME           what the simulated clock shows at the start (default: real time)
  --log                one line on stderr for every request
`;
