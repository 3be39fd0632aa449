import { describe, expect, it } from "vitest";
import { judge, type SessionSeen, type Sight, sightOf, TIMEOUTS } from "./watch.ts";

const session = (pid: number, more: Partial<SessionSeen> = {}): SessionSeen => ({
  pid,
  blocked_by: [],
  name: "psql",
  user: "maria",
  kind: "client backend",
  state: "idle in transaction",
  seconds: 31,
  ...more,
});
const ours = (blocked_by: number[], pid = 1): SessionSeen =>
  session(pid, { name: "qbo run x", state: "active", blocked_by });
const OWN = new Set([1, 2]);

describe("a look at a waiting statement", () => {
  it("names the session at the end of a chain of waiting sessions", () => {
    const seen = [ours([7]), session(7, { blocked_by: [8], state: "active" }), session(8)];
    expect(sightOf(1, seen, OWN)).toMatchObject({ is: "blocked", holders: [{ pid: 8 }] });
  });

  it("regards a statement that waits for another one of this process as being worked on", () => {
    expect(sightOf(1, [ours([2]), ours([], 2)], OWN)).toEqual({ is: "working" });
  });

  it("names the session that blocks a statement through another one of this process", () => {
    expect(sightOf(1, [ours([2]), ours([8], 2), session(8)], OWN)).toMatchObject({ holders: [{ pid: 8 }] });
  });

  it("notices a statement that PostgreSQL is not working on", () => {
    expect(sightOf(1, [ours([]), session(9)].slice(0, 1), OWN)).toEqual({ is: "working" });
    expect(sightOf(1, [session(1, { state: "idle" })], OWN)).toEqual({ is: "adrift" });
    expect(sightOf(1, [session(1, { state: null, name: null })], OWN)).toEqual({ is: "adrift" });
  });
});

describe("the report about a waiting statement", () => {
  const say = (sight: Sight, forMs = 5000, adriftMs = 0) =>
    judge(sight, { purpose: "load a page", forMs, adriftMs }, TIMEOUTS);
  const blocked = (...holders: SessionSeen[]) => say({ is: "blocked", holders }).say?.message;

  it("names the holder and how to end it", () => {
    expect(blocked(session(4242))).toBe(
      'waiting to load a page: "psql" (user maria, PostgreSQL process 4242, idle in transaction for 31 s) holds a lock; let it finish, or end it with select pg_terminate_backend(4242)',
    );
  });

  it("leaves out what the role may not see", () => {
    expect(blocked(session(4242, { state: null, seconds: null, kind: null, name: "" }))).toContain(
      "a program without a name (user maria, PostgreSQL process 4242) holds a lock",
    );
  });

  it("names a qbo command as such", () => {
    expect(blocked(session(7, { name: "qbo run 1-2" }))).toContain('another qbo command, "qbo run 1-2" (');
    expect(blocked(session(7, { name: "qbo run 1-2" }))).not.toContain("pg_terminate_backend");
  });

  it("names several holders, and holders that are not clients", () => {
    expect(blocked(session(7), session(8))).toMatch(
      /process 7.* and .*process 8.*hold locks; let them finish, or end them with select pg_terminate_backend\(7\), pg_terminate_backend\(8\)$/,
    );
    expect(blocked(session(7), session(8), session(9), session(10), session(11))).toContain("and 2 more");
    expect(blocked(session(7, { kind: "autovacuum worker", user: null }))).toContain(
      "PostgreSQL's autovacuum worker (PostgreSQL process 7",
    );
    expect(blocked(session(0, { name: null, user: null, state: null, seconds: null }))).toContain(
      "a prepared transaction holds a lock; let it finish, or end it: select * from pg_prepared_xacts",
    );
  });

  it("gives long times in minutes and hours", () => {
    expect(blocked(session(7, { seconds: 119 }))).toContain("for 119 s");
    expect(blocked(session(7, { seconds: 120 }))).toContain("for 2 min");
    expect(blocked(session(7, { seconds: 7200 }))).toContain("for 2 h");
  });

  it("reports a slow statement only after a while, and not as a warning", () => {
    expect(say({ is: "working" }, 29_999)).toEqual({});
    expect(say({ is: "working" }, 30_000).say).toMatchObject({
      level: "info",
      message:
        "still waiting to load a page after 30 s: PostgreSQL is working on it, and no other session holds a lock",
    });
    expect(say({ is: "reachable" }, 30_000)).toEqual({});
  });

  it("gives up on a silent server and on a silent connection when their time is over", () => {
    expect(say({ is: "dark", forMs: 59_999 }).say).toMatchObject({ level: "warn", key: "dark" });
    expect(say({ is: "dark", forMs: 60_000 })).toEqual({ lost: "PostgreSQL has not answered for 60 s" });
    expect(say({ is: "adrift" }, 300_000, 299_999).lost).toBeUndefined();
    expect(say({ is: "adrift" }, 300_000, 300_000).lost).toContain(
      "not over the connection of this statement",
    );
  });
});
