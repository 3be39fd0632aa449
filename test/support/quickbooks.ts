import { type Simulator, startSimulator } from "../../simulator/start-simulator.ts";

/** The settings with which the runner finds a simulator. */
export function settingsOf(simulator: Simulator): Record<string, string> {
  const { clientId, clientSecret, refreshToken, realmId } = simulator.credentials;
  return {
    QBO_ENV: "simulator",
    QBO_API_URL: simulator.url,
    QBO_TOKEN_URL: simulator.tokenUrl,
    QBO_CLIENT_ID: clientId,
    QBO_CLIENT_SECRET: clientSecret,
    QBO_REFRESH_TOKEN: refreshToken,
    QBO_REALM_ID: realmId,
  };
}

export const queriesOf = (simulator: Simulator): string[] =>
  simulator.requests.flatMap(({ statement }) => (statement === undefined ? [] : [statement]));

export { type Simulator, startSimulator };
