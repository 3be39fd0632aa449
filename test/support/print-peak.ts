import { writeFileSync } from "node:fs";

// Preloaded into a measured process: leaves its peak memory, in kilobytes, in the file that QBO_PEAK_FILE names.
process.on("exit", () => {
  const file = process.env["QBO_PEAK_FILE"];
  if (file !== undefined) writeFileSync(file, String(process.resourceUsage().maxRSS));
});
