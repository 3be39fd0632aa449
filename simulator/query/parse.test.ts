import { describe, expect, it } from "vitest";
import { parseStatement } from "./parse.ts";
import { QueryFault } from "./query-fault.ts";

/** The detail of the fault a statement causes. */
function detailOf(statement: string): string {
  try {
    parseStatement(statement);
  } catch (error) {
    if (error instanceof QueryFault && error.code === "4000") return error.detail;
    throw error;
  }
  throw new Error(`parsed: ${statement}`);
}

describe("parseStatement", () => {
  it.each([
    "SELECT COUNT(*) FROM Customer WHERE Id IN ('5','6','7')",
    "SELECT * FROM Customer WHERE Id IN ('5', '6') AND Active IN ( true, false ) MAXRESULTS 2 STARTPOSITION 3",
    "SELECT * FROM Invoice WHERE Metadata.LastUpdatedTime >= '2026-01-01T00:00:00Z' ORDER BY Metadata.LastUpdatedTime ASC STARTPOSITION 1 MAXRESULTS 1000",
    "select * from Purchase where TxnDate >= '2026-01-01' and TxnDate <= '2026-01-31' orderby TxnDate desc",
    "select * from ExchangeRate where SourceCurrencyCode in ('EUR','INR') and AsOfDate='2015-07-07'",
    "select Id from attachable where AttachableRef.EntityRef.Type = 'purchase' and AttachableRef.EntityRef.value = '611'",
    "SELECT *, Sku FROM Item",
    "select * from Invoice where TxnDate = CURRENT_DATE",
    "select * from Customer where Balance > 0",
    "\n select\tcount( * )\nfrom customer ",
  ])("accepts %s", (statement) => {
    expect(() => parseStatement(statement)).not.toThrow();
  });

  it("reads every clause", () => {
    expect(
      parseStatement(
        "select Id, DisplayName from customer where DisplayName like 'K\\'%' order by Id DESC maxresults 5 startposition 6",
      ),
    ).toEqual({
      selection: { kind: "columns", columns: ["Id", "DisplayName"] },
      entity: "customer",
      conditions: [{ property: "DisplayName", operator: "like", values: [{ kind: "text", text: "K'%" }] }],
      order: { property: "Id", descending: true },
      maxResults: 5,
      startPosition: 6,
    });
  });
});

describe("a statement that cannot be parsed", () => {
  const AFTER =
    '\nWas expecting one of:\n    <EOF> \n    <AND> ...\n    "iterator" ...\n    "maxresults" ...\n    <OR> ...\n    "order" ...\n    "orderby" ...\n    "startposition" ...\n    ';

  it.each([
    [
      "",
      'QueryParserError: Encountered "<EOF>" at line 0, column 0.\nWas expecting:\n    "select" ...\n    ',
    ],
    [
      "select Id, NULL from X",
      'QueryParserError: Encountered " "null" "NULL "" at line 1, column 12.\nWas expecting:\n    <IDENTIFIER> ...\n    ',
    ],
    [
      "select * from A where Id = '1' or Id = '2'",
      `QueryParserError: Encountered " <OR> "or "" at line 1, column 32.${AFTER}`,
    ],
    [
      "select * from A where B = 'x''s'",
      `QueryParserError: Encountered " <STRING> "'s' "" at line 1, column 30.${AFTER}`,
    ],
    [
      "select * from A where ()",
      'QueryParserError: Encountered " ")" ") "" at line 1, column 24.\nWas expecting:\n    <IDENTIFIER> ...\n    ',
    ],
    [
      "select * from A where (B = '1')",
      'QueryParserError: Encountered " "(" "( "" at line 1, column 23.\nWas expecting:\n    <IDENTIFIER> ...\n    ',
    ],
    ["select * from A where B", 'QueryParserError: Encountered "<EOF>" at line 1, column 23.'],
    [
      "select * from Deposit TxnDate",
      `QueryParserError: Encountered " <IDENTIFIER> "TxnDate "" at line 1, column 23.${AFTER}`,
    ],
    [
      "select * from A where B like %x",
      'QueryParserError: Invalid content. Lexical error at line 1, column 30.  Encountered: "%" (37), after : ""',
    ],
    [
      "select * from A\nwhere B != 'x'",
      'QueryParserError: Invalid content. Lexical error at line 2, column 9.  Encountered: "!" (33), after : ""',
    ],
    [
      "select * from A where B = 'x",
      `QueryParserError: Invalid content. Lexical error at line 1, column 27.  Encountered: <EOF> after : "'x"`,
    ],
    [
      "select from A",
      'QueryParserError: Encountered " "from" "from "" at line 1, column 8.\nWas expecting:\n    <IDENTIFIER> ...\n    ',
    ],
    [
      "select * from A order by B, C",
      `QueryParserError: Encountered " "," ", "" at line 1, column 27.${AFTER}`,
    ],
    [
      "select * from A maxresults '5'",
      `QueryParserError: Encountered " <STRING> "'5' "" at line 1, column 28.\nWas expecting:\n    <NUMBER> ...\n    `,
    ],
  ])("%j is refused in the words of the service", (statement, detail) => {
    expect(detailOf(statement)).toBe(detail);
  });
});
