import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { fillCompany } from "./company/fill-company.ts";
import type { Company } from "./company/store.ts";
import { runAction } from "./control-actions.ts";
import type { FaultRule } from "./faults.ts";
import type { Mutation } from "./mutations.ts";
import type { Credentials, RequestLimits, SimulatorOptions } from "./options.ts";
import { type ReadyObject, readyObject } from "./ready.ts";
import type { RequestRecord } from "./request-log.ts";
import { createSimulatorServer } from "./server.ts";
import { createWorld, type QueryHook, type World } from "./world.ts";

/** A running simulator. */
export interface Simulator {
  /** The origin of the API, `http://127.0.0.1:40123`. */
  readonly url: string;
  readonly tokenUrl: string;
  readonly controlUrl: string;
  readonly credentials: Credentials;
  readonly ready: ReadyObject;
  /** Every request to the API and the token endpoint so far, in order of arrival. */
  readonly requests: readonly RequestRecord[];
  readonly company: Company;
  readonly control: SimulatorControl;
  close(): Promise<void>;
}

/** The control API for tests in the same process; times are UTC milliseconds. */
export interface SimulatorControl {
  addFault(rule: FaultRule): void;
  clearFaults(): void;
  clearRequests(): void;
  /** Runs an action given as an object. Use `runText` if numbers in records or members must stay as written. */
  run(action: Readonly<Record<string, unknown>>): number;
  /** Runs an action given as raw JSON text. */
  runText(action: string): number;
  addMutation(mutation: Mutation): void;
  onQueryAnswered(hook: QueryHook | undefined): void;
  now(): number;
  advance(ms: number): void;
  expireAccessTokens(): void;
  revokeTokens(): void;
  setRotation(rotation: "daily" | "always" | "never", graceHours?: number): void;
  setLimits(limits: boolean | Partial<RequestLimits>): void;
  setMonthlyAllowance(calls: number | undefined): void;
  /** The CorePlus calls counted in this month. */
  meter(): number;
}

/** Starts a simulator, by default on loopback and on a free port. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const world = createWorld(options);
  fillCompany(world.company, options);
  const host = options.host ?? "127.0.0.1";
  const server = createSimulatorServer(world);
  server.listen(options.port ?? 0, host);
  await once(server, "listening");
  world.origin = `http://${host.includes(":") ? `[${host}]` : host}:${portOf(server.address())}`;
  const ready = readyObject(world);
  return {
    url: ready.url,
    tokenUrl: ready.token_url,
    controlUrl: ready.control_url,
    credentials: world.credentials,
    ready,
    requests: world.requests,
    company: world.company,
    control: createControl(world),
    close: async () => {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address.port;
}

function createControl(world: World): SimulatorControl {
  const { faults, grants, clock, limits, meter } = world;
  return {
    addFault: (rule) => faults.add(rule),
    clearFaults: () => faults.clear(),
    clearRequests: () => void world.requests.splice(0),
    run: (action) => runAction(world, JSON.stringify(action)),
    runText: (action) => runAction(world, action),
    addMutation: (mutation) => world.mutations.add(mutation),
    onQueryAnswered: (hook) => {
      world.onQueryAnswered = hook;
    },
    now: () => clock.now(),
    advance: (ms) => clock.advance(ms),
    expireAccessTokens: () => grants.expireAccessTokens(),
    revokeTokens: () => grants.revokeAll(),
    setRotation: (rotation, graceHours) => {
      grants.rule.rotation = rotation;
      if (graceHours !== undefined) grants.rule.graceMs = graceHours * 3_600_000;
    },
    setLimits: (wanted) => limits.set(wanted),
    setMonthlyAllowance: (calls) => {
      meter.allowance = calls;
    },
    meter: () => meter.used,
  };
}
