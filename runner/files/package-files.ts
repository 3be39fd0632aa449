import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder that contains this package's package.json, both for the sources and for the compiled files. */
export const PACKAGE_ROOT = findRoot(dirname(fileURLToPath(import.meta.url)));

function findRoot(folder: string): string {
  return existsSync(join(folder, "package.json")) ? folder : findRoot(dirname(folder));
}

/** The version of this package. */
export function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(PACKAGE_ROOT, "package.json"), "utf8"));
  const version =
    typeof manifest === "object" && manifest !== null && "version" in manifest ? manifest.version : "";
  return String(version);
}

/** The published JSON Schema of a spec. */
export const readSpecSchema = (): object => readSchema("entity.schema.json");

/** The published JSON Schema of `qbo.yml`. */
export const readProjectSchema = (): object => readSchema("project.schema.json");

function readSchema(name: string): object {
  const here = dirname(fileURLToPath(import.meta.url));
  const schema: unknown = JSON.parse(readFileSync(join(here, "../spec", name), "utf8"));
  return typeof schema === "object" && schema !== null ? schema : {};
}
