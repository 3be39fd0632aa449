import type { World } from "./world.ts";

/** What a client needs to know about a running simulator. The program prints it as its ready line. */
export interface ReadyObject {
  readonly type: "ready";
  readonly url: string;
  readonly token_url: string;
  readonly authorize_url: string;
  readonly control_url: string;
  readonly client_id: string;
  readonly client_secret: string;
  readonly refresh_token: string;
  readonly realm_id: string;
}

/** Describes a world that is listening. */
export function readyObject({ origin, credentials }: World): ReadyObject {
  return {
    type: "ready",
    url: origin,
    token_url: `${origin}/oauth2/v1/tokens/bearer`,
    authorize_url: `${origin}/connect/oauth2`,
    control_url: `${origin}/simulator`,
    client_id: credentials.clientId,
    client_secret: credentials.clientSecret,
    refresh_token: credentials.refreshToken,
    realm_id: credentials.realmId,
  };
}
