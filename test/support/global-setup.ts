import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { findBinaries } from "../../runner/embedded/binaries.ts";
import { startEmbedded, stopEmbedded } from "../../runner/embedded/embedded-postgres.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** A real PostgreSQL that runs as long as the tests. */
    postgres: { host: string; port: number; user: string; password: string; database: string };
  }
}

/** Starts one server for all tests that need one. Each test file creates its own database. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const other = process.env["QBO_TEST_POSTGRES"];
  const binaries = other === undefined ? findBinaries() : findBinaries(other);
  console.log(`tests run on PostgreSQL ${binaries.major}`);
  const folder = mkdtempSync(join(tmpdir(), "qbo-test-"));
  const { host, port, user, password, database } = await startEmbedded(folder, binaries);
  project.provide("postgres", { host, port, user, password, database });
  return async () => {
    await stopEmbedded(folder);
    rmSync(folder, { recursive: true, force: true });
  };
}
