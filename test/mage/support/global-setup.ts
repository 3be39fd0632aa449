import type { TestProject } from "vitest/node";
import setupPostgres from "../../support/global-setup.ts";
import { type Installed, installMage } from "./install-mage.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Where the real Mage is installed, or why it is missing. */
    mage: Installed;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const mage = await installMage();
  if (mage.kind === "absent") process.stderr.write(`The tests of Mage are skipped: ${mage.reason}\n`);
  project.provide("mage", mage);
  return setupPostgres(project);
}
