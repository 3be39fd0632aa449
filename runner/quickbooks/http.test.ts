import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type HttpClient, openHttp } from "./http.ts";

let server: Server;
let http: HttpClient;
let url: string;
let status: number;
/** What the server makes of a request: by default it echoes all of it in a fault. */
let answer: (echo: string) => string;

beforeEach(async () => {
  status = 400;
  answer = (echo) =>
    JSON.stringify({ Fault: { Error: [{ Message: echo, Detail: echo, code: echo }], type: "T" } });
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const echo = `${request.headers.authorization} ${Buffer.concat(chunks).toString()}`;
    response.writeHead(status, { "Content-Type": "application/json", intuit_tid: "tid-1" }).end(answer(echo));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  http = openHttp(2000);
});
afterEach(async () => {
  await http.close();
  server.close();
});

const send = (authorization: string, body?: string) =>
  http.send(
    {
      method: "POST",
      url,
      headers: { Authorization: authorization },
      ...(body === undefined ? {} : { body }),
    },
    new AbortController().signal,
  );

describe("a fault that echoes what it was sent", () => {
  it.each([
    ["the access token", "Bearer access-secret", undefined, "access-secret"],
    ["the client's credentials", "Basic Y2xpZW50OnNlY3JldA==", undefined, "Y2xpZW50OnNlY3JldA=="],
    [
      "the refresh token",
      "Basic x",
      "grant_type=refresh_token&refresh_token=refresh-secret",
      "refresh-secret",
    ],
    ["the code of a login", "Basic x", "grant_type=authorization_code&code=login-secret", "login-secret"],
    ["a secret of the settings", "Bearer xyz", "anything with known-secret in it", "known-secret"],
  ])("is told without %s, in message, detail and code", async (_, authorization, body, secret) => {
    http.secrets.add("known-secret");
    const result = await send(authorization, body);
    expect(result.ok).toBe(false);
    expect(JSON.stringify(result)).toContain("[secret]");
    expect(JSON.stringify(result)).not.toContain(secret);
  });

  it("keeps its words where a secret is shorter than a word", async () => {
    http.secrets.add("a").add("");
    const result = await send("Bearer b");
    expect(JSON.stringify(result)).not.toContain("[secret]");
  });
});

describe("an answer", () => {
  it("comes as it is, secrets included: it is data", async () => {
    status = 200;
    answer = () => '{"QueryResponse":{"totalCount":1},"note":"Bearer access-secret"}';
    expect(await send("Bearer access-secret")).toMatchObject({ ok: true, tid: "tid-1", text: answer("") });
  });

  it.each([
    ["HTML", "<html><title>We'll be back soon</title></html>", "the answer is not JSON"],
    ["cut", '{"QueryResponse":{"Cust', "the answer is not JSON"],
  ])("that is %s is a fault", async (_, text, words) => {
    status = 200;
    answer = () => text;
    expect(await send("Bearer x")).toMatchObject({ ok: false, fault: { status: 200, message: words } });
  });

  it("that never comes is a fault of no status, and an abort is thrown", async () => {
    server.closeAllConnections();
    server.close();
    const gone = await send("Bearer x");
    expect(gone).toMatchObject({ ok: false, fault: { status: 0, type: "network" } });
    const controller = new AbortController();
    controller.abort(new Error("enough"));
    await expect(http.send({ method: "GET", url, headers: {} }, controller.signal)).rejects.toThrow("enough");
  });
});
