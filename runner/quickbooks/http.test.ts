import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type HttpClient, openHttp } from "./http.ts";

let server: Server;
let http: HttpClient;
let url: string;
let status: number;
/** The body of the server's answer. By default it is a fault that echoes the whole request. */
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
  ])("is reported without %s in message, detail and code", async (_, authorization, body, secret) => {
    http.secrets.add("known-secret");
    const result = await send(authorization, body);
    expect(result.ok).toBe(false);
    expect(JSON.stringify(result)).toContain("[secret]");
    expect(JSON.stringify(result)).not.toContain(secret);
  });

  it("is left as it is if a secret is very short", async () => {
    http.secrets.add("a").add("");
    const result = await send("Bearer b");
    expect(JSON.stringify(result)).not.toContain("[secret]");
  });
});

describe("an answer", () => {
  it("is not changed even if it contains secrets, because it is data", async () => {
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

  it("that never arrives is a fault without a status, and an abort is thrown", async () => {
    server.closeAllConnections();
    server.close();
    const gone = await send("Bearer x");
    expect(gone).toMatchObject({ ok: false, fault: { status: 0, type: "network" } });
    const controller = new AbortController();
    controller.abort(new Error("enough"));
    await expect(http.send({ method: "GET", url, headers: {} }, controller.signal)).rejects.toThrow("enough");
  });
});

describe("the bytes of an answer", () => {
  const other: Server[] = [];
  afterEach(() => {
    for (const one of other.splice(0)) {
      one.closeAllConnections();
      one.close();
    }
  });

  /** Sends a request to a server that was started only for it. */
  async function sendTo(
    answerWith: RequestListener,
    { timeoutMs = 2000, abort = new AbortController() } = {},
  ) {
    const own = createServer(answerWith);
    other.push(own);
    own.listen(0, "127.0.0.1");
    await once(own, "listening");
    const address = own.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const client = openHttp(timeoutMs);
    const request = { method: "GET", url: `http://127.0.0.1:${port}/`, headers: { Accept: "x" } } as const;
    const result = await client.send(request, abort.signal);
    void client.close();
    return result;
  }
  const DATE = "Sat, 31 Jan 2026 10:00:00 GMT";

  it.each([
    ["gzip", gzipSync('{"a":"é"}')],
    ["GZIP", gzipSync('{"a":"é"}')],
    ["x-gzip", gzipSync('{"a":"é"}')],
    ["identity", Buffer.from('{"a":"é"}')],
    ["", Buffer.from('{"a":"é"}')],
  ])("are decompressed if they are encoded as %j", async (encoding, bytes) => {
    const result = await sendTo((request, response) => {
      expect(request.headers).toMatchObject({ "accept-encoding": "gzip", accept: "x" });
      response.writeHead(200, { "Content-Encoding": encoding, Date: DATE, "intuit-tid": "t-2" }).end(bytes);
    });
    expect(result).toEqual({ ok: true, text: '{"a":"é"}', json: { a: "é" }, tid: "t-2", date: DATE });
  });

  it("are not an answer if they are encoded in another way or broken", async () => {
    for (const [encoding, words] of [
      ["br", "encoded as br, which was not asked for"],
      ["gzip", "incorrect header check"],
    ] as const) {
      const result = await sendTo(
        (_, response) => void response.writeHead(200, { "Content-Encoding": encoding }).end("{}"),
      );
      expect(result).toMatchObject({
        ok: false,
        fault: { status: 0, type: "network", message: expect.stringContaining(words) },
      });
    }
  });

  it("are a fault if they are not UTF-8", async () => {
    const result = await sendTo(
      (_, response) => void response.writeHead(200, { intuit_tid: "t" }).end(Buffer.from([0x22, 0xff, 0x22])),
    );
    expect(result).toEqual({
      ok: false,
      fault: {
        status: 200,
        code: "",
        type: "",
        message: "the answer is not UTF-8",
        detail: "",
        retryAfter: undefined,
        tid: "t",
      },
    });
  });

  it("come with the status, the id of the request and the time to wait with any body", async () => {
    const result = await sendTo(
      (_, response) =>
        void response.writeHead(429, { "Retry-After": "7", intuit_tid: "t" }).end("<h1>Slow down</h1>"),
    );
    expect(result).toMatchObject({
      ok: false,
      fault: { status: 429, retryAfter: 7, tid: "t", message: "Slow down" },
    });
    const bare = await sendTo((_, response) => void response.writeHead(503).end("{}"));
    expect(bare).toMatchObject({ fault: { status: 503, retryAfter: undefined, tid: "" } });
  });

  it("are a time-out if they never end, even if they keep trickling in", async () => {
    const result = await sendTo(
      (_, response) => {
        const timer = setInterval(() => response.write(" "), 20);
        response.on("close", () => clearInterval(timer));
      },
      { timeoutMs: 150 },
    );
    expect(result).toMatchObject({
      ok: false,
      fault: { status: 0, type: "timeout", message: "no complete answer within 0.15 s" },
    });
  });

  it("are not a time-out if they are cut off", async () => {
    const result = await sendTo((_, response) => {
      response.writeHead(200, { "Content-Length": "100" }).write("{");
      setTimeout(() => response.destroy(), 20);
    });
    expect(result).toMatchObject({ ok: false, fault: { status: 0, type: "network" } });
  });

  it("are not waited for after the run was cancelled", async () => {
    const abort = new AbortController();
    const asked = sendTo(() => setTimeout(() => abort.abort(new Error("enough")), 20), { abort });
    await expect(asked).rejects.toThrow("enough");
  });
});

describe("a secret", () => {
  it.each([
    ["abcdef", "[secret]"],
    ["abcde", "abcde"],
  ])("%s is reported as %s, by its length", async (secret, reported) => {
    answer = () => JSON.stringify({ Fault: { Error: [{ Message: `it is ${secret}` }] } });
    http.secrets.add(secret);
    expect(await send("Bearer x")).toMatchObject({ fault: { message: `it is ${reported}` } });
  });
});
