import { ControlError } from "./control-actions.ts";
import { type ControlCall, changed, finish } from "./control-call.ts";
import { parseInstant } from "./pacific-time.ts";

/* The handlers of the clock, the tokens, the meter and the limits. */

export function clockState({ world }: ControlCall): string {
  return JSON.stringify({ now: new Date(world.clock.now()).toISOString() });
}

export function moveClock(call: ControlCall): string {
  const { world, body } = call;
  if (typeof body["advance_ms"] === "number") world.clock.advance(body["advance_ms"]);
  if (typeof body["advance_hours"] === "number") world.clock.advance(body["advance_hours"] * 3_600_000);
  if (typeof body["now"] === "string") {
    const wanted = parseInstant(body["now"]);
    if (wanted === undefined) throw new ControlError('"now" is not a time.');
    world.clock.advance(wanted - world.clock.now());
  }
  return clockState(call);
}

export function changeTokens({ world, parts, body }: ControlCall): string {
  if (parts[0] === "expire") return finish(() => world.grants.expireAccessTokens());
  if (parts[0] === "revoke") return finish(() => world.grants.revokeAll());
  if (parts[0] !== "rotation") throw new ControlError(`There is no tokens/${parts[0] ?? ""}.`, 404);
  const { rotation, grace_hours: grace } = body;
  if (rotation === "daily" || rotation === "always" || rotation === "never") {
    world.grants.rule.rotation = rotation;
  }
  if (typeof grace === "number") world.grants.rule.graceMs = grace * 3_600_000;
  return changed(1);
}

export function meterState({ world }: ControlCall): string {
  const { used, allowance, isBlocked } = world.meter;
  return JSON.stringify({ used, allowance: allowance ?? null, blocked: isBlocked });
}

export function setMeter(call: ControlCall): string {
  const { allowance } = call.body;
  call.world.meter.allowance = typeof allowance === "number" ? allowance : undefined;
  return meterState(call);
}

export function setLimits({ world, body }: ControlCall): string {
  if (typeof body["on"] === "boolean") return finish(() => world.limits.set(body["on"] === true));
  const limits: Record<string, number> = {};
  for (const name of ["perSecond", "perMinute", "inFlight", "batchPerMinute"]) {
    const value = body[name];
    if (typeof value === "number") limits[name] = value;
  }
  return finish(() => world.limits.set(limits));
}
