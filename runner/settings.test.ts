import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readEnv, resolveSettings } from "./settings.ts";

const FULL = {
  QBO_ENV: "sandbox",
  QBO_REALM_ID: "9341453474484455123",
  QBO_CLIENT_ID: "id",
  QBO_CLIENT_SECRET: "secret",
  QBO_REFRESH_TOKEN: "token",
  POSTGRES_HOST: "db",
  POSTGRES_DB: "books",
  POSTGRES_USER: "loader",
  POSTGRES_PASSWORD: "p@ss:/ word",
};

describe("resolveSettings", () => {
  it("keeps a realm id of 19 digits, and knows Intuit's hosts", () => {
    expect(resolveSettings(FULL).quickbooks).toMatchObject({
      realmId: "9341453474484455123",
      apiUrl: "https://sandbox-quickbooks.api.intuit.com",
      tokenUrl: "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer",
    });
  });

  it("lists everything that is missing at once", () => {
    expect(() => resolveSettings({})).toThrow(
      "missing: QBO_ENV, QBO_REALM_ID, QBO_CLIENT_ID, QBO_CLIENT_SECRET, QBO_REFRESH_TOKEN, POSTGRES_HOST, POSTGRES_DB, POSTGRES_USER, POSTGRES_PASSWORD",
    );
  });

  it.each([
    ["QBO_API_URL", "http://example.com", "must be https: plain http is allowed only for this machine"],
    ["QBO_API_URL", "https://user:pass@example.com", "must not contain credentials"],
    ["QBO_TOKEN_URL", "localhost:8080", "must be https"],
    ["QBO_ENV", "test", 'QBO_ENV is "test"'],
    ["QBO_REALM_ID", "12/../3", "must be digits only"],
    ["POSTGRES_PORT", "70000", "POSTGRES_PORT"],
    ["POSTGRES_SSLMODE", "maybe", "POSTGRES_SSLMODE"],
  ])("refuses %s=%s", (name, value, words) => {
    expect(() => resolveSettings({ ...FULL, [name]: value })).toThrow(words);
  });

  it.each([
    ["http://127.0.0.1:9000/", "http://127.0.0.1:9000", "http://127.0.0.1:9000/oauth2/v1/tokens/bearer"],
    ["http://localhost:9000", "http://localhost:9000", "http://localhost:9000/oauth2/v1/tokens/bearer"],
  ])("takes %s as the address of both servers", (url, apiUrl, tokenUrl) => {
    const { quickbooks } = resolveSettings({ ...FULL, QBO_API_URL: url, QBO_TOKEN_URL: url });
    expect(quickbooks).toMatchObject({ apiUrl, tokenUrl });
  });

  it("accepts an empty password if it is set", () => {
    expect(resolveSettings({ ...FULL, POSTGRES_PASSWORD: "" }).postgres).toMatchObject({ password: "" });
  });
});

describe("readEnv", () => {
  const read = (env: Readonly<Record<string, string | undefined>>, text?: string) => {
    const folder = mkdtempSync(join(tmpdir(), "qbo-env-"));
    try {
      if (text !== undefined) writeFileSync(join(folder, ".env"), text);
      return readEnv(env, join(folder, ".env"));
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  it("prefers a variable of the environment to one in .env, unless it is empty", () => {
    const text = "\uFEFFA=from file\nB=from file\nC=from file\nD=\n";
    expect(read({ A: "set", B: "", C: undefined, E: "" }, text)).toEqual({
      A: "set",
      B: "from file",
      C: "from file",
      D: "",
      E: "",
    });
  });

  it("works without a file, and fails if the file cannot be read", () => {
    expect(read({ A: "set" })).toEqual({ A: "set" });
    expect(() => readEnv({}, tmpdir())).toThrow("could not read");
  });
});
