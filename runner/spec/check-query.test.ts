import { describe, expect, it } from "vitest";
import { checkQuery } from "./check-query.ts";

const check = (query: string) => checkQuery(query, "Customer");
const problemsOf = (query: string) =>
  check(query).problems.map(({ code, at, length }) => `${code} ${at}+${length}`);

describe("checkQuery", () => {
  it.each([
    ["select * from Customer", ""],
    ["select *, Sku, MetaData.CreateTime from Customer", ""],
    ["SELECT * FROM customer WHERE Active = true", "Active = true"],
    ["select * from Customer where  Active in (true)  ", "Active in (true)"],
    ["select * from Customer where Active IN (true, false) and Id = '1'", "Active in"],
    ["select * from Customer where Balance >= -1.5 and Id LIKE '%x'", "Balance >= -1.5"],
    ["select * from Customer where A < 1 and B > 2 and C <= 3", "A < 1"],
    ["select * from Customer where TxnDate = CURRENT_DATE", "TxnDate"],
    ["select * from Customer where Name = 'order by'", "Name = 'order by'"],
    ["select * from Customer where Name = 'it\\'s'", "Name = 'it\\'s'"],
  ])("accepts %j", (query, condition) => {
    const { problems, condition: found } = check(query);
    expect(problems).toEqual([]);
    expect(found.toLowerCase()).toContain(condition.toLowerCase());
    expect(found).toBe(found.trim());
  });

  it.each([
    ["", ["query/syntax 0+1"]],
    ["select", ["query/syntax 5+1"]],
    ["delete * from Customer", ["query/syntax 0+6"]],
    ["'select' * from Customer", ["query/syntax 0+8"]],
    ["select Id from Customer", ["query/not-whole 7+2"]],
    ["select *, from Customer", ["query/syntax 15+8"]],
    ["select *, 'a' from Customer", ["query/syntax 10+3"]],
    ["select * where Customer", ["query/syntax 9+5"]],
    ["select * from", ["query/syntax 12+1"]],
    ["select * from 'Customer'", ["query/syntax 14+10"]],
    ["select * from Customers", ["query/other-entity 14+9"]],
    ["select * from Customer, Item", ["query/second-entity 22+1"]],
    ["select * from Customer Active", ["query/syntax 23+6"]],
    ["select * from Customer where", ["query/syntax 27+1"]],
    ["select * from Customer where = 1", ["query/syntax 29+1"]],
    ["select * from Customer where Id", ["query/syntax 30+1"]],
    ["select * from Customer where Id != 1", ["query/syntax 32+2"]],
    ["select * from Customer where Id = Name", ["query/syntax 34+4"]],
    ["select * from Customer where Id in '1'", ["query/syntax 35+3"]],
    ["select * from Customer where Id in ()", ["query/syntax 36+1"]],
    ["select * from Customer where Id in ('1'", ["query/syntax 38+1"]],
    ["select * from Customer where Id in ('1' '2')", ["query/syntax 40+3"]],
    ["select * from Customer where Id = '1' or Id = '2'", ["query/syntax 38+2"]],
    ["select * from Customer where Id = '1' Name = '2'", ["query/syntax 38+4"]],
    ["select * from Customer where Id = '1' and", ["query/syntax 40+1"]],
    ["select * from Customer where Name = 'O", ["query/syntax 36+1"]],
    ["select * from Customer ORDERBY Id", ["query/paging 23+7"]],
    [
      "select * from Customer order by Id startposition 1 maxresults 2",
      ["query/paging 23+5", "query/paging 35+13", "query/paging 51+10"],
    ],
  ])("reports the problem of %j at its place", (query, expected) => {
    expect(problemsOf(query)).toEqual(expected);
    expect(check(query)).toMatchObject({ condition: "", properties: [] });
  });

  it("returns the properties that the conditions use, with their places", () => {
    expect(check("select Foo, * from Customer").properties).toEqual([]);
    expect(check("select *, Sku from Customer where A = 1 and B.C in (1, 2)").properties).toEqual([
      { name: "A", at: 34 },
      { name: "B.C", at: 44 },
    ]);
  });

  it("gives hints that say what to write instead", () => {
    const hintOf = (query: string) => check(query).problems[0]?.hint;
    expect(hintOf("select * from Customer where Id = '1' or Id = '2'")).toContain("in (");
    expect(hintOf("select * from Customer where Id = 'O")).toContain("\\'");
    expect(hintOf("select * from Customer where Id = ;")).toBeUndefined();
    expect(hintOf("select * from Customer where")).toBeUndefined();
    expect(hintOf("select * from Customer maxresults 1")).toBe("remove the clause");
    expect(check("select * from Customer maxresults 1").problems[0]?.message).toContain("page_size");
    expect(hintOf("select * from Item")).toContain("from Customer");
  });
});
