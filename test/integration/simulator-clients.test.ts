import { createRequire } from "node:module";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Simulator, startSimulator } from "../../simulator/start-simulator.ts";

/*
 * Clients that others wrote for the real service run against the simulator. Both have public settings for their hosts.
 * Their type declarations do not match their CommonJS exports, so the used parts are declared here.
 */

type Callback = (error: unknown, data: unknown) => void;

interface QuickBooksClient {
  token: string;
  refreshToken: string;
  refreshAccessToken(callback: Callback): void;
  findCustomers(criteria: unknown, callback: Callback): void;
  findInvoices(criteria: unknown, callback: Callback): void;
  getInvoice(id: string, callback: Callback): void;
  getCompanyInfo(id: string, callback: Callback): void;
  getPreferences(callback: Callback): void;
  createCustomer(customer: unknown, callback: Callback): void;
  updateCustomer(customer: unknown, callback: Callback): void;
  createInvoice(invoice: unknown, callback: Callback): void;
  voidInvoice(id: string, callback: Callback): void;
  deleteInvoice(id: string, callback: Callback): void;
  createPayment(payment: unknown, callback: Callback): void;
  batch(items: unknown, callback: Callback): void;
  changeDataCapture(entities: readonly string[], since: Date, callback: Callback): void;
}

interface QuickBooksClass {
  V3_ENDPOINT_BASE_URL: string;
  TOKEN_URL: string;
  new (
    key: string,
    secret: string,
    token: string,
    tokenSecret: false,
    realmId: string,
    useSandbox: boolean,
    debug: boolean,
    minorVersion: number,
    oauthVersion: "2.0",
    refreshToken: string,
  ): QuickBooksClient;
}

interface AuthAnswer {
  getJson(): Record<string, unknown>;
  getIntuitTid(): string;
}

interface OAuthClient {
  setAuthorizeURLs(urls: Record<string, string>): void;
  authorizeUri(options: { scope: readonly string[]; state: string }): string;
  createToken(uri: string): Promise<AuthAnswer>;
  refresh(): Promise<AuthAnswer>;
  refreshUsingToken(token: string): Promise<AuthAnswer>;
  revoke(): Promise<AuthAnswer>;
  makeApiCall(call: { url: string; timeout?: number }): Promise<{ json: unknown }>;
}

interface OAuthClass {
  scopes: { readonly Accounting: string };
  environment: { sandbox: string };
  new (config: Record<string, unknown>): OAuthClient;
}

const load = createRequire(import.meta.url);
const QuickBooks: QuickBooksClass = load("node-quickbooks");
const OAuth: OAuthClass = load("intuit-oauth");

const NOW = "2026-02-27T20:00:00Z";
const REDIRECT_URI = "http://localhost:1/callback";

let simulator: Simulator;

beforeAll(async () => {
  simulator = await startSimulator({ now: NOW });
});

afterAll(async () => {
  await simulator.close();
});

describe("node-quickbooks", () => {
  let client: QuickBooksClient;

  /** Calls a method of the client and waits for its callback. */
  const call = <T>(run: (client: QuickBooksClient, callback: Callback) => void): Promise<T> =>
    new Promise((resolve, reject) => {
      // The caller decides the type of the answer, and each test checks the content.
      run(client, (error, data) => (error ? reject(error) : resolve(data as T)));
    });

  beforeAll(async () => {
    const { clientId, clientSecret, refreshToken, realmId } = simulator.credentials;
    QuickBooks.V3_ENDPOINT_BASE_URL = `${simulator.url}/v3/company/`;
    QuickBooks.TOKEN_URL = simulator.tokenUrl;
    client = new QuickBooks(
      clientId,
      clientSecret,
      "none",
      false,
      realmId,
      true,
      false,
      75,
      "2.0",
      refreshToken,
    );
    await call((qbo, callback) => qbo.refreshAccessToken(callback));
  });

  interface Rows {
    readonly QueryResponse: {
      readonly Customer?: readonly { readonly Id: string; readonly DisplayName: string }[];
      readonly Invoice?: readonly { readonly Id: string; readonly TotalAmt: number }[];
      readonly maxResults?: number;
      readonly totalCount?: number;
    };
  }

  it("refreshes its token", () => {
    expect(client.token).toMatch(/^eyJ/);
    expect(client.refreshToken).toBe(simulator.credentials.refreshToken);
  });

  it("gets the message that a token has expired", async () => {
    simulator.control.expireAccessTokens();
    await expect(call((qbo, callback) => qbo.getPreferences(callback))).rejects.toMatchObject({
      response: { status: 401, data: { fault: { error: [{ code: "3200" }] } } },
    });
    await call((qbo, callback) => qbo.refreshAccessToken(callback));
  });

  it("finds customers, by name, apostrophe and ampersand", async () => {
    for (const name of [
      "Fáinne O'Sullivan",
      "Alder & Ash Interiors",
      "Hokkaidō Ramen 北海道",
      "Fjord Kayaks 🛶",
    ]) {
      const found = await call<Rows>((qbo, callback) => qbo.findCustomers({ DisplayName: name }, callback));
      expect(found.QueryResponse.Customer?.map((customer) => customer.DisplayName)).toEqual([name]);
    }
  });

  it("reads pages, counts and fetches all records", async () => {
    const count = await call<Rows>((qbo, callback) => qbo.findInvoices({ count: true }, callback));
    const total = count.QueryResponse.totalCount ?? 0;
    expect(total).toBeGreaterThan(100);
    const all = await call<Rows>((qbo, callback) =>
      qbo.findInvoices({ fetchAll: true, limit: 25 }, callback),
    );
    expect(new Set(all.QueryResponse.Invoice?.map(({ Id }) => Id)).size).toBe(total);
    const page = await call<Rows>((qbo, callback) =>
      qbo.findInvoices({ limit: 10, offset: total - 3, asc: "Id" }, callback),
    );
    expect(page.QueryResponse.maxResults).toBe(4);
  });

  it("filters with operators, lists and numbers", async () => {
    const large = await call<Rows>((qbo, callback) =>
      qbo.findInvoices(
        [
          { field: "TotalAmt", value: 2000, operator: ">" },
          { field: "TxnDate", value: "2025-08-01", operator: ">=" },
          { field: "desc", value: "MetaData.LastUpdatedTime" },
          { field: "limit", value: 5 },
        ],
        callback,
      ),
    );
    expect(large.QueryResponse.Invoice).toHaveLength(5);
    for (const { TotalAmt } of large.QueryResponse.Invoice ?? []) expect(TotalAmt).toBeGreaterThan(2000);
    const some = await call<Rows>((qbo, callback) => qbo.findCustomers({ Id: ["1", "2", "3"] }, callback));
    expect(some.QueryResponse.Customer).toHaveLength(3);
    const inactive = await call<Rows>((qbo, callback) => qbo.findCustomers({ Active: false }, callback));
    expect(
      inactive.QueryResponse.Customer?.every(({ DisplayName }) => DisplayName.endsWith(" (deleted)")),
    ).toBe(true);
  });

  it("gets the reason why a statement is refused", async () => {
    const detail = "QueryValidationError: Property Nope not found for Entity Invoice";
    await expect(call((qbo, callback) => qbo.findInvoices({ Nope: "1" }, callback))).rejects.toMatchObject({
      response: { data: { Fault: { Error: [{ Detail: detail }] } } },
    });
  });

  it("reads single objects", async () => {
    const first = await call<Rows>((qbo, callback) => qbo.findInvoices({ limit: 1 }, callback));
    const id = first.QueryResponse.Invoice?.[0]?.Id ?? "";
    expect(await call((qbo, callback) => qbo.getInvoice(id, callback))).toMatchObject({ Id: id });
    const { realmId } = simulator.credentials;
    expect(await call((qbo, callback) => qbo.getCompanyInfo(realmId, callback))).toMatchObject({
      CompanyName: "Tidewater Timber & Joinery",
    });
    expect(await call((qbo, callback) => qbo.getPreferences(callback))).toMatchObject({
      CurrencyPrefs: { MultiCurrencyEnabled: true },
    });
  });

  it("sends a batch", async () => {
    const items = [
      { bId: "a", Query: "select * from SalesReceipt where TotalAmt > '300.00' maxresults 2" },
      { bId: "b", operation: "create", Vendor: { DisplayName: "Sawdust & Sons" } },
      { bId: "c", operation: "create", Vendor: { DisplayName: "PGL Power" } },
    ];
    expect(await call((qbo, callback) => qbo.batch(items, callback))).toMatchObject({
      BatchItemResponse: [
        { bId: "a", QueryResponse: { maxResults: 2 } },
        { bId: "b", Vendor: { DisplayName: "Sawdust & Sons", SyncToken: "0" } },
        { bId: "c", Fault: { Error: [{ code: "6240" }] } },
      ],
    });
  });

  it("writes, and sees its changes and deletions through change data capture", async () => {
    const since = new Date(simulator.control.now() - 1000);
    const created = await call<{ Id: string; SyncToken: string }>((qbo, callback) =>
      qbo.createCustomer({ DisplayName: "Zoë's Attic" }, callback),
    );
    const renamed = { Id: created.Id, SyncToken: created.SyncToken, sparse: true, DisplayName: "Zoë's Loft" };
    await call((qbo, callback) => qbo.updateCustomer(renamed, callback));
    const invoice = {
      CustomerRef: { value: created.Id },
      Line: [{ Amount: 90.5, DetailType: "SalesItemLineDetail" }],
    };
    const kept = await call<{ Id: string }>((qbo, callback) => qbo.createInvoice(invoice, callback));
    const gone = await call<{ Id: string }>((qbo, callback) => qbo.createInvoice(invoice, callback));
    const payment = {
      CustomerRef: { value: created.Id },
      TotalAmt: 90.5,
      Line: [{ Amount: 90.5, LinkedTxn: [{ TxnId: kept.Id, TxnType: "Invoice" }] }],
    };
    await call((qbo, callback) => qbo.createPayment(payment, callback));
    expect(await call((qbo, callback) => qbo.getInvoice(kept.Id, callback))).toMatchObject({ Balance: 0 });
    expect(await call((qbo, callback) => qbo.voidInvoice(kept.Id, callback))).toBeDefined();
    await call((qbo, callback) => qbo.deleteInvoice(gone.Id, callback));
    const changes = await call((qbo, callback) =>
      qbo.changeDataCapture(["Customer", "Invoice", "Item"], since, callback),
    );
    expect(changes).toMatchObject({
      CDCResponse: [
        {
          QueryResponse: [
            { Customer: [{ Id: created.Id, DisplayName: "Zoë's Loft" }] },
            {
              Invoice: [
                { Id: kept.Id, PrivateNote: "Voided" },
                { Id: gone.Id, status: "Deleted" },
              ],
            },
            {},
          ],
        },
      ],
    });
  });
});

describe("intuit-oauth", () => {
  let client: OAuthClient;

  beforeAll(() => {
    const { clientId, clientSecret } = simulator.credentials;
    const config = { clientId, clientSecret, environment: "sandbox", redirectUri: REDIRECT_URI };
    client = new OAuth({ ...config, includeRefreshTokenHardExpiresIn: true });
    OAuth.environment.sandbox = `${simulator.url}/`;
    client.setAuthorizeURLs({
      authorizeEndpoint: `${simulator.url}/connect/oauth2`,
      tokenEndpoint: simulator.tokenUrl,
      revokeEndpoint: `${simulator.url}/v2/oauth2/tokens/revoke`,
      userInfoEndpoint: `${simulator.url}/v1/openid_connect/userinfo`,
    });
  });

  /** The address to which the browser is redirected after consent. */
  async function agree(): Promise<string> {
    const uri = client.authorizeUri({ scope: [OAuth.scopes.Accounting], state: "s1" });
    const page = await fetch(uri, { redirect: "manual" });
    expect(page.status).toBe(302);
    return page.headers.get("location") ?? "";
  }

  it("exchanges a code and refreshes", async () => {
    const back = await agree();
    expect(back).toMatch(
      /^http:\/\/localhost:1\/callback\?state=s1&code=XAB11[0-9a-f]+&realmId=4620816365000000001$/,
    );
    const exchanged = await client.createToken(back);
    expect(exchanged.getIntuitTid()).toMatch(/^1-[0-9a-f]{8}-[0-9a-f]{24}$/);
    expect(exchanged.getJson()).toMatchObject({
      token_type: "bearer",
      expires_in: 3600,
      x_refresh_token_expires_in: 8_726_400,
      x_refresh_token_hard_expires_in: 157_680_000,
    });
    const refreshed = await client.refresh();
    expect(refreshed.getJson()["refresh_token"]).toBe(exchanged.getJson()["refresh_token"]);
    await expect(client.createToken(back)).rejects.toThrow("invalid_grant");
  });

  it("calls the API with its token", async () => {
    await client.createToken(await agree());
    const { realmId } = simulator.credentials;
    const answer = await client.makeApiCall({ url: `v3/company/${realmId}/companyinfo/${realmId}` });
    expect(answer.json).toMatchObject({ CompanyInfo: { DefaultTimeZone: "America/Los_Angeles" } });
    const refused = client.makeApiCall({ url: `v3/company/${realmId}/query?query=select` });
    await expect(refused).rejects.toThrow("Error parsing query");
  });

  it("handles rotation: the refresh on the next day returns another token, and the old one stops working", async () => {
    const first = (await client.createToken(await agree())).getJson()["refresh_token"];
    simulator.control.advance(25 * 3_600_000);
    const second = (await client.refresh()).getJson()["refresh_token"];
    expect(second).not.toBe(first);
    simulator.control.advance(25 * 3_600_000);
    await expect(client.refreshUsingToken(String(first))).rejects.toThrow("invalid_grant");
  });

  it("revokes its connection", async () => {
    const token = (await client.createToken(await agree())).getJson()["refresh_token"];
    await client.revoke();
    await expect(client.refreshUsingToken(String(token))).rejects.toThrow("invalid_grant");
  });
});
