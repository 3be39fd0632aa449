import { Clock } from "./clock.ts";
import { Company } from "./company/store.ts";
import { FaultRules } from "./faults.ts";
import { Limits } from "./limits.ts";
import { Meter } from "./meter.ts";
import { Mutations } from "./mutations.ts";
import { Grants } from "./oauth/grants.ts";
import { type Credentials, resolveCredentials, type SimulatorOptions } from "./options.ts";
import type { RequestRecord } from "./request-log.ts";

/** Called after a query was answered and before its answer is sent, which is the moment between two pages. */
export type QueryHook = (record: RequestRecord) => void;

/** Everything that changes while a simulator runs. */
export interface World {
  readonly options: SimulatorOptions;
  readonly credentials: Credentials;
  readonly clock: Clock;
  readonly company: Company;
  readonly grants: Grants;
  readonly faults: FaultRules;
  readonly limits: Limits;
  readonly meter: Meter;
  readonly mutations: Mutations;
  readonly requests: RequestRecord[];
  onQueryAnswered: QueryHook | undefined;
  /** The origin of the server, `http://127.0.0.1:40123`. */
  origin: string;
}

/** A world with an empty company. */
export function createWorld(options: SimulatorOptions): World {
  const clock = new Clock(options.now === undefined ? undefined : Date.parse(options.now));
  const credentials = resolveCredentials(options);
  const graceMs = (options.graceHours ?? 24) * 3_600_000;
  const grants = new Grants(clock, { rotation: options.rotation ?? "daily", graceMs });
  grants.connect(credentials.realmId, credentials.refreshToken);
  return {
    options,
    credentials,
    clock,
    company: new Company(),
    grants,
    faults: new FaultRules(),
    limits: new Limits(clock, options.limits ?? false),
    meter: new Meter(clock, options.monthlyAllowance),
    mutations: new Mutations(),
    requests: [],
    onQueryAnswered: undefined,
    origin: "",
  };
}
