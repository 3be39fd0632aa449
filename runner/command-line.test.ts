import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { main, VERBS } from "./cli.ts";
import { readCommandLine } from "./command-line.ts";
import { REAL_CLOCK } from "./real-clock.ts";
import { readParts } from "./verbs/part.ts";

const JANUARY = Date.UTC(2026, 0, 1);
const FEBRUARY = Date.UTC(2026, 1, 1);

/** The typed values of a valid command line together with the name of its command, or the exit code after help or version. */
function read(argv: readonly string[]): unknown {
  const asked = readCommandLine(argv, VERBS);
  return typeof asked === "number"
    ? asked
    : { verb: asked.verb.name, ...readParts(asked.verb.parts, asked.given) };
}

describe("reads every value of a command line as it was written", () => {
  it.each<[string[], object]>([
    [["ls", "9341453474484455123", "007"], { args: ["9341453474484455123", "007"] }],
    [["run", "--metrics-file", "9341453474484455123"], { metricsFile: "9341453474484455123" }],
    [["run", "--metrics-file", "007"], { metricsFile: "007" }],
    [["run", "--metrics-file=1e3"], { metricsFile: "1e3" }],
    [["run", "--metrics-file=a=b"], { metricsFile: "a=b" }],
    [["run", "--metrics-file="], { metricsFile: "" }],
    [["run", "--metrics-file", ""], { metricsFile: "" }],
    [["run", "--metrics-file", "-q"], { metricsFile: "-q" }],
    [["run", "--page-size", "007"], { pageSize: 7 }],
    [["run", "--wait"], { wait: true, demo: false, onlyMissing: false, failFast: false }],
    [["run", "--wait", "007"], { wait: true, args: ["007"] }],
    [["run", "--wait", "true"], { wait: true, args: ["true"] }],
    [["run", "-q", "007"], { args: ["007"] }],
    [["run", "-q", "-q"], { args: [] }],
    [["run", "-q=1", "x"], { args: ["x"] }],
    [["run", ""], { args: [""] }],
    [["run", "--demo", "customers"], { demo: true, args: ["customers"] }],
    [["-q", "ls", "--", "customers", "--bogus", "-q"], { verb: "ls", args: ["customers", "--bogus", "-q"] }],
    [["ls", "--"], { args: [] }],
    [["--output", "json", "ls"], { verb: "ls", output: "json" }],
    [["--demo", "--metrics-file", "x", "retry"], { verb: "retry", demo: true, metricsFile: "x" }],
    [["--metrics-file", "-1", "run"], { verb: "run", metricsFile: "-1" }],
    [["run", "--select", "0012,b", "--exclude", "1e5 d"], { args: ["0012", "b", "!1e5", "!d"] }],
    [["run", "--exclude", "-x"], { args: ["!-x"] }],
    [["run", "--select", ""], { args: [""] }],
    [["run", "--select=", "customers"], { args: ["customers", ""] }],
    [
      ["run", "--from", "2026-01-01", "--event-time-end", "2026-02-01"],
      { range: { from: JANUARY, to: FEBRUARY } },
    ],
    [["run"], { range: { from: undefined, to: undefined }, strategy: "sweep", threads: 8 }],
    [["plan", "--from=2026-01-01", "--to=2026-02-01"], { range: { from: JANUARY, to: FEBRUARY } }],
    [["status", "--to", "2026-02-01", "--", "x"], { range: { from: undefined, to: FEBRUARY } }],
    [["simulate", "a", "--", "--port", "007"], { args: ["a", "--port", "007"] }],
    [["show", "007"], { spec: "007", limit: 5, output: "text" }],
    [["init"], { folder: ".", templates: false }],
    [["init", "--templates", "007"], { folder: "007", templates: true }],
    [["auth", "login"], { action: "login", port: 8484 }],
  ])("%j", (argv, values) => {
    expect(read(argv)).toMatchObject(values);
  });
});

const SEE_HELP = "see `qbo --help`, or `qbo <command> --help`";
const SEE_ITS_HELP = "see `qbo <command> --help`";

describe("refuses a wrong command line with a message and a hint", () => {
  it.each([
    [["run", "--from="], '--from "" is not a valid day or instant', "write a day in UTC"],
    [
      ["run", "--from", "9341453474484455123"],
      '--from "9341453474484455123" is not a valid day',
      "write a day in UTC",
    ],
    [["run", "--from", "-q"], '--from "-q" is not a valid day or instant', "write a day in UTC"],
    [
      ["run", "--page-size", "-1"],
      '--page-size "-1" is not a whole number from 1 to 1000',
      "QuickBooks returns",
    ],
    [["--page-size", "1e3", "run"], '--page-size "1e3" is not a whole number from 1 to 1000', "QuickBooks"],
    [
      ["run", "--threads", "007"],
      '--threads "007" is not a whole number from 1 to 999999999',
      "write digits only, without leading zeros, for example --threads 100",
    ],
    [["test", "--max-calls", "1.5"], '--max-calls "1.5" is not a whole number from 1', "write digits only"],
    [
      ["show", "x", "--limit", "1001"],
      "--limit 1001 is more than QuickBooks returns in one answer",
      "ask for at most 1000",
    ],
    [
      ["auth", "login", "--port", "65536"],
      "--port 65536 is not a port number",
      "use a number from 1 to 65535",
    ],
    [["run", "--wait=true"], "the option --wait takes no value", "write --wait"],
    [["run", "--wait="], "the option --wait takes no value", "write --wait"],
    [["--quiet=1", "ls"], "the option --quiet takes no value", "write --quiet"],
    [["run", "--help=yes"], "the option --help takes no value", "write --help"],
    [["run", "--from", "a", "--from", "b"], "the option --from is given twice", "give it once"],
    [["run", "--wait", "--wait"], "the option --wait is given twice", "give it once"],
    [
      ["run", "--to", "a", "--event-time-end", "b"],
      "--to and --event-time-end mean the same",
      "give only one of them",
    ],
    [["run", "--frmo", "x"], 'unknown option "--frmo"', "did you mean --from?"],
    [["run", "--bogus"], 'unknown option "--bogus"', SEE_HELP],
    [["run", "--pageSize", "5"], 'unknown option "--pageSize"', "did you mean --page-size?"],
    [["run", "--no-wait"], 'unknown option "--no-wait"', SEE_HELP],
    [["run", "--from.x", "5"], 'unknown option "--from.x"', "did you mean --from?"],
    [["run", "--__proto__", "5"], 'unknown option "--__proto__"', SEE_HELP],
    [["run", "--constructor", "5"], 'unknown option "--constructor"', SEE_HELP],
    [["run", "---from", "x"], 'unknown option "---from"', "did you mean --from?"],
    [["run", "--=x"], 'unknown option "--"', SEE_HELP],
    [["run", "-x", "5"], 'Unknown option "-x"', SEE_HELP],
    [["run", "-1"], 'Unknown option "-1"', SEE_HELP],
    [["run", "-", "customers"], 'unknown option "-"', SEE_HELP],
    [["ls", "--wait"], 'unknown option "--wait"', SEE_HELP],
    [["ls", "--from", "x"], 'unknown option "--from"', SEE_HELP],
    [["--page-size", "5", "ls"], 'unknown option "--page-size"', SEE_HELP],
    [["--demo", "ls"], 'unknown option "--demo"', SEE_HELP],
    [["simulate", "--port", "5"], 'unknown option "--port"', SEE_HELP],
    [["run", "--from"], "the option --from needs a value", SEE_ITS_HELP],
    [["run", "--from", "--to", "2026-01-01"], "the option --from needs a value", SEE_ITS_HELP],
    [["run", "--from", "--", "x"], "the option --from needs a value", SEE_ITS_HELP],
    [["run", "--log-format"], "the option --log-format needs a value", SEE_ITS_HELP],
    [["run", "--log-format", "xml"], '--log-format does not accept "xml"', "use one of text, json"],
    [["ls", "--output", "xml"], '--output does not accept "xml"', "use one of text, json"],
    [["ls", "--output="], '--output does not accept ""', "use one of text, json"],
    [
      ["validate", "--format", "xml"],
      '--format does not accept "xml"',
      "use one of text, json, github, junit",
    ],
    [
      ["run", "--strategy", "x"],
      '--strategy does not accept "x"',
      "use sweep (as few calls as possible) or windowed",
    ],
    [["retry", "a"], 'Unused args: "a"', SEE_HELP],
    [["status", "a", "b"], 'Unused args: "a", "b"', SEE_HELP],
    [["show"], 'missing required args for command "show <spec>"', SEE_HELP],
    [["plan", "--to", "2026-01-01"], "the range is incomplete: --from is missing", "for example --from"],
    [["auth", "logout"], 'unknown action "logout"', "use `qbo auth login` or `qbo auth status`"],
    [["postgres", "x"], 'unknown action "x"', "use `qbo postgres start` or `qbo postgres stop`"],
    [["rnu", "--frmo"], 'unknown command "rnu"', 'did you mean "qbo run"?'],
    [["constructor"], 'unknown command "constructor"', "the commands are run, retry, validate,"],
  ])("%j", async (argv, message, hint) => {
    let printed = "";
    const write = (text: string): void => {
      printed += text;
    };
    const { signal } = new AbortController();
    const exitCode = await main(
      { argv, env: {}, cwd: "/", signal, clock: REAL_CLOCK },
      { out: write, err: write, colour: false, terminal: false },
    );
    expect(printed).toContain(`error[USAGE] ${message}`);
    expect(printed).toContain(`what to do: ${hint}`);
    expect(exitCode).toBe(2);
  });
});

describe("prints the help or the version", () => {
  let shown = "";
  beforeEach(() => {
    shown = "";
    vi.spyOn(console, "info").mockImplementation((text: string) => {
      shown += text;
    });
  });
  afterEach(() => vi.restoreAllMocks());

  it.each([
    [["--help"], 0, "$ qbo <command> [options]"],
    [["-h"], 0, "$ qbo <command> [options]"],
    [["run", "--bogus", "--help"], 0, "$ qbo run [...specs]"],
    [["run", "-qh"], 0, "$ qbo run [...specs]"],
    [["--version"], 0, "qbo/"],
    [["-v"], 0, "qbo/"],
    [[], 2, "$ qbo <command> [options]"],
    [["-q"], 2, "$ qbo <command> [options]"],
    [["--", "ls"], 2, "$ qbo <command> [options]"],
    [["--quiet=1"], 2, "$ qbo <command> [options]"],
  ])("%j", (argv, exitCode, words) => {
    expect(read(argv)).toBe(exitCode);
    expect(shown).toContain(words);
  });
});
