import { describe, expect, it } from "vitest";
import { readProgramOptions, UsageError } from "./program-options.ts";

describe("readProgramOptions", () => {
  it("uses the defaults if there are no options", () => {
    expect(readProgramOptions([])).toEqual({ kind: "start", options: {}, log: false });
  });

  it("reads every option, keeps ids as strings and reads dates as UTC", () => {
    const line =
      "--port 1 --host ::1 --seed 2 --rows invoice=10 --rows Customer=5 --rows-from 2024-01-01 --rows-to 2024-06-01T00:00:00-07:00 " +
      "--client-id a --client-secret b --refresh-token c --realm-id 4620816365000000009 --rotation always --grace 0 " +
      "--limits on --monthly-allowance 9 --latency-ms 3 --now 2026-02-01 --log";
    expect(readProgramOptions(line.split(" "))).toEqual({
      kind: "start",
      log: true,
      options: {
        port: 1,
        host: "::1",
        seed: 2,
        rows: { Invoice: 10, Customer: 5 },
        rowsFrom: "2024-01-01T00:00:00.000Z",
        rowsTo: "2024-06-01T07:00:00.000Z",
        clientId: "a",
        clientSecret: "b",
        refreshToken: "c",
        realmId: "4620816365000000009",
        rotation: "always",
        graceHours: 0,
        limits: true,
        monthlyAllowance: 9,
        latencyMs: 3,
        now: "2026-02-01T00:00:00.000Z",
      },
    });
  });

  it.each([
    ["--tea", "Unknown option '--tea'"],
    ["--port x", '--port takes a whole number, not "x".'],
    ["--rows Teapot=5", '--rows takes Entity=N with a QuickBooks entity, not "Teapot=5".'],
    ["--answers /nowhere", '--answers takes a folder, and "/nowhere" is not one.'],
    ["--limits maybe", '--limits takes one of on, off, not "maybe".'],
    ["--now soon", '--now takes a date or an ISO time, not "soon".'],
    ["--grace long", '--grace takes hours, such as 24h or 0, not "long".'],
  ])("refuses %s", (line, message) => {
    expect(() => readProgramOptions(line.split(" "))).toThrow(UsageError);
    expect(() => readProgramOptions(line.split(" "))).toThrow(message);
  });
});
