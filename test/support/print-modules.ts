import { writeFileSync } from "node:fs";
import Module from "node:module";

// Preloaded into a measured process. Writes the packages that the process has loaded, and the processor time that it
// took in milliseconds, to the file in QBO_MODULES_FILE.
process.on("exit", () => {
  const file = process.env["QBO_MODULES_FILE"];
  const cache: unknown = Reflect.get(Module, "_cache");
  const paths = typeof cache === "object" && cache !== null ? Object.keys(cache) : [];
  const packages = paths.map((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? "");
  const { user, system } = process.cpuUsage();
  const watched = { packages: [...new Set(packages)].toSorted(), cpuMs: (user + system) / 1000 };
  if (file !== undefined) writeFileSync(file, JSON.stringify(watched));
});
