import { Buffer } from "node:buffer";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Simulator, startSimulator } from "./start-simulator.ts";
import { parseObject } from "./test-support.ts";

let simulator: Simulator;

beforeEach(async () => {
  simulator = await startSimulator({ rows: { Invoice: 2000 } });
});

afterEach(async () => {
  await simulator.close();
});

async function accessToken(): Promise<string> {
  const { clientId, clientSecret, refreshToken } = simulator.credentials;
  const response = await fetch(simulator.tokenUrl, {
    method: "POST",
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}` },
    body: new URLSearchParams({ grant_type: "refresh_token", refresh_token: refreshToken }),
  });
  return String(parseObject(await response.text())["access_token"]);
}

async function query(statement: string, headers: Record<string, string> = {}): Promise<Response> {
  const url = `${simulator.url}/v3/company/${simulator.credentials.realmId}/query?query=${encodeURIComponent(statement)}`;
  return fetch(url, {
    headers: { authorization: `Bearer ${await accessToken()}`, accept: "application/json", ...headers },
  });
}

describe("over HTTP", () => {
  it("answers have the headers of the service and none about limits", async () => {
    const response = await query("select * from Customer");
    expect(response.status).toBe(200);
    const names = [...response.headers.keys()];
    expect(names).toEqual(
      expect.arrayContaining([
        "intuit_tid",
        "qbo-version",
        "service-time",
        "strict-transport-security",
        "x-spanid",
      ]),
    );
    expect(names.filter((name) => /limit|retry|meter/.test(name))).toEqual([]);
    expect(response.headers.get("content-type")).toBe("application/json;charset=utf-8");
    expect(response.headers.has("content-length")).toBe(false);
  });

  it("faults have neither version nor charset", async () => {
    const response = await query("select * from Nothing");
    expect(response.status).toBe(400);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(response.headers.has("qbo-version")).toBe(false);
    expect(response.headers.has("intuit_tid")).toBe(true);
    simulator.control.addFault({ fault: "401", times: 1 });
    expect((await query("select * from Item")).headers.has("intuit-tid")).toBe(true);
  });

  it("large answers are compressed if the client accepts it", async () => {
    const packed = await query("select * from Invoice maxresults 1000");
    expect(packed.headers.get("content-encoding")).toBe("gzip");
    const plain = await query("select * from Invoice maxresults 1000", { "accept-encoding": "identity" });
    expect(plain.headers.get("content-encoding")).toBeNull();
    const withoutTime = (text: string) => text.replace(/"time":.*/, "");
    expect(withoutTime(await packed.text())).toBe(withoutTime(await plain.text()));
  });

  it("connections are reset or cut by faults", async () => {
    simulator.control.addFault({ fault: "reset", times: 1 });
    await expect(query("select * from Item")).rejects.toThrow("fetch failed");
    simulator.control.addFault({ fault: "cut", times: 1 });
    const cut = await query("select * from Invoice");
    expect(cut.status).toBe(200);
    await expect(cut.text()).rejects.toThrow();
    expect((await query("select * from Item")).status).toBe(200);
  });

  it("a hanging request ends when the simulator closes", async () => {
    simulator.control.addFault({ fault: "hang", times: 1 });
    const hanging = query("select * from Item");
    const failed = expect(hanging).rejects.toThrow();
    while (simulator.requests.at(-1)?.fault !== "hang")
      await new Promise((resolve) => setTimeout(resolve, 5));
    await simulator.close();
    await failed;
    simulator = await startSimulator();
  });
});

describe("in the process", () => {
  it("a hook sees every answered query and can change the company", async () => {
    const seen: string[] = [];
    simulator.control.onQueryAnswered((request) => {
      seen.push(request.statement ?? "");
      simulator.control.run({ action: "delete", entity: "Invoice", id: "2000" });
      simulator.control.onQueryAnswered(undefined);
    });
    await query("select count(*) from Invoice");
    expect(seen).toEqual(["select count(*) from Invoice"]);
    expect(await (await query("select count(*) from Invoice")).text()).toContain('{"totalCount":1999}');
    expect(simulator.control.meter()).toBe(2);
  });
});
